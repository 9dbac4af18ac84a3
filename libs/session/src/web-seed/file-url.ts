import type { Metainfo } from '@shoal/protocol';

/**
 * Where a web seed has a file (BEP 19): `<url><name>` for the one file of a torrent, unless `url` does not end in a slash:
 * then it is the file. `<url>/<name>/<path>` for a file of several.
 * @param path components of the file below the torrent's root directory
 */
export function fileUrl(
  url: string,
  { name, singleFile }: Pick<Metainfo, 'name' | 'singleFile'>,
  path: readonly string[],
): URL {
  if (singleFile && !url.endsWith('/')) return new URL(url);
  const components = singleFile ? [name] : [name, ...path];
  const base = url.endsWith('/') ? url : `${url}/`;
  return new URL(base + components.map(encodeURIComponent).join('/'));
}

/** A URL without what is secret in it, for logs. */
export function shownUrl(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

/** Whether a URL is one that web seeds may have: HTTP or HTTPS. */
export function isWebUrl(url: string): boolean {
  return ['http:', 'https:'].includes(URL.parse(url)?.protocol ?? '');
}
