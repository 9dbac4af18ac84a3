import { withMember } from './with-member.ts';

/**
 * The same metainfo file with another tracker URL, or with one at last (BEP 3).
 * @throws BencodeError when `metainfo` is no dictionary
 */
export function withAnnounce(metainfo: Uint8Array, url: string): Uint8Array {
  return withMember(metainfo, 'announce', (writer) => writer.text(url));
}

/**
 * The same metainfo file with other web seeds, or with some at last (BEP 19).
 * @throws BencodeError when `metainfo` is no dictionary
 */
export function withWebSeeds(metainfo: Uint8Array, urls: readonly string[]): Uint8Array {
  return withMember(metainfo, 'url-list', (writer) => {
    writer.beginList();
    for (const url of urls) writer.text(url);
    writer.end();
  });
}
