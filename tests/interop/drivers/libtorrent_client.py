"""Runs one torrent in libtorrent for the interop tests.

Reads one JSON line of settings from standard input:
  torrent (path), directory, peers ([[host, port]])
Writes one JSON line per event to standard output: {"event": "listening", "port": n} and
{"event": "complete"}. A failure of the torrent ends it with the reason on standard error.
Stops when standard input closes, so it never outlives the test that started it.
"""

import json
import sys
import threading

import libtorrent as lt

ALERT_WAIT_MS = 500


def emit(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


def make_session():
    return lt.session({
        "listen_interfaces": "127.0.0.1:0",
        "enable_dht": False,
        "enable_lsd": False,
        "enable_upnp": False,
        "enable_natpmp": False,
        # Every peer of a test has the same address.
        "allow_multiple_connections_per_ip": True,
        "enable_incoming_utp": False,
        "enable_outgoing_utp": False,
        # A hybrid is announced under both info-hashes. When the second answer names a peer while libtorrent awaits its
        # handshake, libtorrent takes the right info-hash for a wrong one, and tries again after this many seconds.
        "min_reconnect_time": 1,
        "alert_mask": lt.alert.category_t.error_notification
        | lt.alert.category_t.status_notification
        | lt.alert.category_t.storage_notification,
    })


def add_torrent(session, settings):
    params = lt.add_torrent_params()
    params.ti = lt.torrent_info(settings["torrent"])
    params.save_path = settings["directory"]
    params.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
    handle = session.add_torrent(params)
    for host, port in settings["peers"]:
        handle.connect_peer((host, port))
    return handle


def report(session, handle, alert):
    if isinstance(alert, lt.listen_succeeded_alert):
        emit("listening", port=session.listen_port())
    elif isinstance(alert, lt.torrent_finished_alert):
        # Written data must be on disk before the test compares the trees.
        handle.flush_cache()
    elif isinstance(alert, lt.cache_flushed_alert):
        emit("complete")
    elif isinstance(alert, (lt.torrent_error_alert, lt.file_error_alert, lt.listen_failed_alert)):
        sys.exit(alert.message())


def main():
    settings = json.loads(sys.stdin.readline())
    session = make_session()
    handle = add_torrent(session, settings)
    stopped = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), stopped.set()), daemon=True).start()
    while not stopped.is_set():
        session.wait_for_alert(ALERT_WAIT_MS)
        for alert in session.pop_alerts():
            report(session, handle, alert)


main()
