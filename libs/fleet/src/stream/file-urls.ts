import { infoHashHex, type Metainfo, type MetainfoFile, wireInfoHashes } from '@shoal/protocol';
import { pathComponents } from '@shoal/service';

/** Where the files of a torrent are: `/files/<name>/<path>`; of a single file, `/files/<name>`. */
export const FILES_PREFIX = '/files/';

/** The path of a file's URL. */
export function filePath(metainfo: Metainfo, file: MetainfoFile): string {
  return FILES_PREFIX + componentsOf(metainfo, file).map(encodeURIComponent).join('/');
}

/** The file that a URL's path names, still percent-encoded. Looks at every file: a table would outweigh the metainfo. */
export function fileAt(metainfo: Metainfo, path: string): MetainfoFile | undefined {
  const wanted = pathComponents(path.slice(FILES_PREFIX.length));
  if (wanted === undefined) return undefined;
  for (const file of metainfo.files) {
    if (file.kind !== 'file') continue;
    const components = componentsOf(metainfo, file);
    const isSame = components.length === wanted.length && components.every((name, at) => name === wanted[at]);
    if (isSame) return file;
  }
  return undefined;
}

/** Of a file's bytes: its Merkle root (BEP 52), or in v1 the info-hash and which of the files it is. */
export function etagOf(metainfo: Metainfo, file: MetainfoFile): string {
  if (file.piecesRoot !== undefined) return `"${Buffer.from(file.piecesRoot).toString('hex')}"`;
  const [infoHash] = wireInfoHashes(metainfo);
  return `"${infoHash === undefined ? metainfo.name : infoHashHex(infoHash)}-${file.index}"`;
}

function componentsOf(metainfo: Metainfo, file: MetainfoFile): readonly string[] {
  return metainfo.singleFile ? file.path : [metainfo.name, ...file.path];
}
