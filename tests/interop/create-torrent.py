"""The oracle of create-torrent.test.ts: `create` makes torrents of the trees that standard input lists, `read` says what
is in the torrents that it lists."""

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


def read(torrent):
    info = lt.torrent_info(base64.b64decode(torrent))
    files = info.files()
    executable = int(lt.file_storage.flag_executable)
    return {
        "v1": str(info.info_hashes().v1) if info.info_hashes().has_v1() else None,
        "v2": str(info.info_hashes().v2) if info.info_hashes().has_v2() else None,
        "files": [
            {
                "path": files.file_path(i),
                "length": files.file_size(i),
                "executable": bool(int(files.file_flags(i)) & executable),
                "symlink": files.symlink(i),
            }
            for i in range(files.num_files())
            if not int(files.file_flags(i)) & int(lt.file_storage.flag_pad_file)
        ],
    }


WORK = {"create": make, "read": read}[sys.argv[1]]
json.dump([WORK(job) for job in json.load(sys.stdin)], sys.stdout)
