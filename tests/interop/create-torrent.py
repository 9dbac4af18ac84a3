"""Makes torrents with libtorrent of the trees that standard input lists; the oracle of create-torrent.test.ts."""

import base64
import json
import sys

import libtorrent as lt

FLAGS = {
    "hybrid": 0,
    "v2": lt.create_torrent.v2_only,
    "v1": lt.create_torrent.v1_only,
    "v1-padded": lt.create_torrent.v1_only | lt.create_torrent.canonical_files,
}


def make(job):
    storage = lt.file_storage()
    for file in job["files"]:
        flags = lt.file_storage.flag_executable if file["executable"] else 0
        storage.add_file(file["path"], file["length"], flags)
    torrent = lt.create_torrent(storage, job["pieceLength"], FLAGS[job["format"]])
    torrent.set_priv(job["private"])
    lt.set_piece_hashes(torrent, job["directory"])
    return base64.b64encode(lt.bencode(torrent.generate())).decode()


json.dump([make(job) for job in json.load(sys.stdin)], sys.stdout)
