#!/usr/bin/python3
"""libtorrent (Debian's python3-libtorrent) as a contestant: takes what arguments.ts says, tells what events.ts says.

--opt name=number sets one of libtorrent's own settings; --opt flush=1 waits until data is on disk before `complete`.
Debian's interpreter is named above: python3-libtorrent is not visible to any other.
"""

import argparse
import json
import os
import select
import sys
import time

import libtorrent as lt

STAT_INTERVAL_S = 1
ALERT_WAIT_MS = 50

# A quiet client in a fast network: nothing but TCP in plain text, and no limit on connections or memory that a
# gigabit would meet.
SETTINGS = {
    "enable_dht": False,
    "enable_lsd": False,
    "enable_upnp": False,
    "enable_natpmp": False,
    "enable_incoming_utp": False,
    "enable_outgoing_utp": False,
    "out_enc_policy": 2,
    "in_enc_policy": 2,
    # In a test, every peer has the same address.
    "allow_multiple_connections_per_ip": True,
    # A hybrid is announced under both info-hashes. When the second answer names a peer while libtorrent awaits its
    # handshake, libtorrent takes the right info-hash for a wrong one, and tries again after this many seconds.
    "min_reconnect_time": 1,
    "connections_limit": 1000,
    "connection_speed": 500,
    "torrent_connect_boost": 100,
    "max_out_request_queue": 1500,
    "send_buffer_watermark": 3 << 20,
    "max_queued_disk_bytes": 64 << 20,
    "alert_mask": lt.alert.category_t.error_notification
    | lt.alert.category_t.status_notification
    | lt.alert.category_t.storage_notification,
}


def say(ev, **fields):
    os.write(1, (json.dumps({"ev": ev, **fields}) + "\n").encode())


def parse_arguments():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--role", choices=["seed", "leech"], required=True)
    for name in ("torrent", "dir", "work", "listen"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--peer", action="append", default=[])
    parser.add_argument("--no-tracker", action="store_true")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--opt", action="append", default=[])
    return parser.parse_args()


class Commands:
    """Lines on standard input; its end means quit."""

    def __init__(self):
        self.text = b""

    def poll(self, seconds):
        if select.select([0], [], [], seconds)[0]:
            self.text += os.read(0, 4096) or b"quit\n"

    def has(self, command):
        return command in self.text.split(b"\n")


def add_torrent(session, args):
    params = lt.add_torrent_params()
    params.ti = lt.torrent_info(args.torrent)
    params.save_path = args.dir
    params.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
    if args.no_tracker:
        params.flags |= lt.torrent_flags.override_trackers
    handle = session.add_torrent(params)
    if args.no_tracker:
        handle.replace_trackers([])
    for peer in args.peer:
        host, port = peer.rsplit(":", 1)
        handle.connect_peer((host, int(port)))
    return handle


def say_figures(ev, handle):
    status = handle.status()
    say(
        ev,
        done=status.total_wanted_done,
        up=status.total_payload_upload,
        down=status.total_payload_download,
        wasted=status.total_redundant_bytes + status.total_failed_bytes,
        peers=status.num_peers,
    )


def handle_alert(session, handle, args, alert):
    """Tells what an alert means."""
    flush = "flush=1" in args.opt
    if isinstance(alert, (lt.torrent_error_alert, lt.file_error_alert, lt.listen_failed_alert)):
        say("error", msg=alert.message())
        sys.exit(1)
    if isinstance(alert, lt.torrent_finished_alert) and args.role == "seed":
        say("ready", port=session.listen_port())
    elif isinstance(alert, lt.torrent_finished_alert) and flush:
        handle.flush_cache()
    elif isinstance(alert, (lt.cache_flushed_alert if flush else lt.torrent_finished_alert)):
        if args.role == "leech":
            say("complete")


def main():
    args = parse_arguments()
    own = dict(option.split("=", 1) for option in args.opt if option != "flush=1")
    session = lt.session(
        {**SETTINGS, "listen_interfaces": args.listen, **{name: int(value) for name, value in own.items()}}
    )
    commands = Commands()
    if args.role == "leech":
        say("ready", port=session.listen_port())
        while not commands.has(b"go"):
            commands.poll(None)
            if commands.has(b"quit"):
                return
    handle = add_torrent(session, args)
    next_stat = time.monotonic()
    while not commands.has(b"quit"):
        session.wait_for_alert(ALERT_WAIT_MS)
        for alert in session.pop_alerts():
            handle_alert(session, handle, args, alert)
        if time.monotonic() >= next_stat:
            next_stat = time.monotonic() + STAT_INTERVAL_S
            say_figures("stat", handle)
        commands.poll(0)
    say_figures("final", handle)
    # Without waiting for trackers to hear that we leave.
    os._exit(0)


main()
