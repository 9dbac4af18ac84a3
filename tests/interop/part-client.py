#!/usr/bin/python3
"""libtorrent (Debian's python3-libtorrent) with file priorities: part-client.py DIRECTORY TORRENT PRIORITIES PEER...

PRIORITIES is `path=priority,...`; files that it does not name are not wanted, none at all: everything is there already. Says
`port N`, `finished` and, for each peer as often as it changes, `peer PORT upload-only BOOL`; ends when its input does.
Debian's interpreter is named above: python3-libtorrent is not visible to any other.
"""

import select
import sys

import libtorrent as lt

directory, torrent, priorities, *peers = sys.argv[1:]
session = lt.session(
    {
        "listen_interfaces": "127.0.0.1:0",
        "enable_dht": False,
        "enable_lsd": False,
        "enable_upnp": False,
        "enable_natpmp": False,
        "enable_outgoing_utp": False,
        "out_enc_policy": 2,
        "allow_multiple_connections_per_ip": True,
        "min_reconnect_time": 1,
        # Partial seeds stay connected, to be looked at.
        "close_redundant_connections": False,
        "alert_mask": lt.alert.category_t.error_notification
        | lt.alert.category_t.status_notification
        | lt.alert.category_t.tracker_notification
        | lt.alert.category_t.storage_notification,
    }
)
info = lt.torrent_info(torrent)
params = lt.add_torrent_params()
params.ti = info
params.save_path = directory
if priorities:
    wanted = dict(entry.rsplit("=", 1) for entry in priorities.split(","))
    files = info.files()
    paths = [files.file_path(i)[len(info.name()) + 1 :] for i in range(files.num_files())]
    params.file_priorities = [int(wanted.get(path, 0)) for path in paths]
handle = session.add_torrent(params)
for peer in peers:
    host, port = peer.rsplit(":", 1)
    handle.connect_peer((host, int(port)))
print("port", session.listen_port(), flush=True)
said = {}
while not select.select([0], [], [], 0)[0]:
    session.wait_for_alert(50)
    for alert in session.pop_alerts():
        if isinstance(alert, lt.torrent_finished_alert):
            handle.flush_cache()
        elif isinstance(alert, lt.cache_flushed_alert):
            print("finished", flush=True)
        elif isinstance(alert, lt.tracker_error_alert):
            print("tracker", alert.message(), flush=True)
        elif isinstance(alert, (lt.torrent_error_alert, lt.file_error_alert)):
            sys.exit(alert.message())
    for peer in handle.get_peer_info():
        is_upload_only = bool(peer.flags & lt.peer_info.upload_only)
        if said.get(peer.ip) != is_upload_only:
            said[peer.ip] = is_upload_only
            print("peer", peer.ip[1], "upload-only", is_upload_only, flush=True)
