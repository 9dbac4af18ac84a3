"""Makes a torrent of a tree with libtorrent, symlinks and executables included: make-torrent.py TREE TORRENT FORMAT."""

import os.path
import sys

import libtorrent as lt

tree, torrent, format = sys.argv[1:]
formats = {"hybrid": 0, "v2": int(lt.create_torrent.v2_only), "v1": int(lt.create_torrent.v1_only)}
symlinks = int(lt.create_torrent.symlinks)
files = lt.file_storage()
lt.add_files(files, tree, lambda _: True, symlinks)
maker = lt.create_torrent(files, 64 * 1024, formats[format] | symlinks)
lt.set_piece_hashes(maker, os.path.dirname(tree))
with open(torrent, "wb") as out:
    out.write(lt.bencode(maker.generate()))
