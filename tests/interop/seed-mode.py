#!/usr/bin/python3
"""libtorrent (Debian's python3-libtorrent) seeds what it is told is complete: seed-mode.py DIRECTORY TORRENT.

In seed mode it hashes nothing, so that of a .torrent without piece layers it knows none: it rejects every hash request.
Says `port N` on standard output once it seeds, and ends when its input does.
Debian's interpreter is named above: python3-libtorrent is not visible to any other.
"""

import sys

import libtorrent as lt

directory, torrent = sys.argv[1:]
session = lt.session(
    {
        "listen_interfaces": "127.0.0.1:0",
        "enable_dht": False,
        "enable_lsd": False,
        "enable_upnp": False,
        "enable_natpmp": False,
        "allow_multiple_connections_per_ip": True,
    }
)
params = lt.add_torrent_params()
params.ti = lt.torrent_info(torrent)
params.save_path = directory
params.flags |= lt.torrent_flags.seed_mode
params.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
handle = session.add_torrent(params)
while not handle.status().is_seeding or session.listen_port() == 0:
    session.wait_for_alert(50)
    session.pop_alerts()
print("port", session.listen_port(), flush=True)
sys.stdin.read()
