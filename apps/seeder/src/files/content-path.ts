import { join } from 'node:path';
import { type DigestHex, isDigestHex } from '@shoal/fleet';

/** Where the files of complete artifacts are served: `/content/<contentDigest>/<name>/<path>`, as BEP 19 lays them out. */
export const CONTENT_PREFIX = '/content/';

/** What a URL's path names. */
export interface ContentPath {
  readonly digest: DigestHex;
  /** The artifact's. */
  readonly name: string;
  /** Components of the file below the tree's root; of a lone file without a directory, its name. */
  readonly components: readonly string[];
}

/** Reads a URL's path, still percent-encoded; undefined when it can be no file's. */
export function parseContentPath(path: string): ContentPath | undefined {
  const parts = path.slice(CONTENT_PREFIX.length).split('/').map(decodeComponent);
  const [digest, name, ...below] = parts;
  if (parts.includes(undefined) || !isDigestHex(digest) || name === undefined) return undefined;
  const components = below.length === 0 ? [name] : below.map((component) => component ?? '');
  return { digest, name, components };
}

/** The file in the tree at `root`. */
export function pathInTree(root: string, { components }: ContentPath): string {
  return join(root, ...components);
}

/** One component, or undefined when it is none that a file can have: it would lead elsewhere. */
function decodeComponent(encoded: string): string | undefined {
  let component: string;
  try {
    component = decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
  const isPlain = component !== '' && component !== '.' && component !== '..' && !/[/\0]/.test(component);
  return isPlain ? component : undefined;
}
