#!/usr/bin/python3
"""libtorrent (Debian's python3-libtorrent) fetches a magnet link: magnet-client.py DIRECTORY URI.

Says `metadata` and `complete` on standard output, and ends when its input does.
Debian's interpreter is named above: python3-libtorrent is not visible to any other.
"""

import select
import sys

import libtorrent as lt

directory, uri = sys.argv[1:]
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
        # As in bench/contestants/libtorrent-client.py: the second info-hash of a hybrid may cost it a connection.
        "min_reconnect_time": 1,
        "alert_mask": lt.alert.category_t.error_notification
        | lt.alert.category_t.status_notification
        | lt.alert.category_t.storage_notification,
    }
)
params = lt.parse_magnet_uri(uri)
params.save_path = directory
handle = session.add_torrent(params)
while not select.select([0], [], [], 0)[0]:
    session.wait_for_alert(50)
    for alert in session.pop_alerts():
        if isinstance(alert, lt.metadata_received_alert):
            print("metadata", flush=True)
        elif isinstance(alert, lt.torrent_finished_alert):
            handle.flush_cache()
        elif isinstance(alert, lt.cache_flushed_alert):
            print("complete", flush=True)
        elif isinstance(alert, (lt.torrent_error_alert, lt.file_error_alert)):
            sys.exit(alert.message())
