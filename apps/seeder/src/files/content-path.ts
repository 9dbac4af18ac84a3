import { join } from 'node:path';
import { type DigestHex, isDigestHex } from '@shoal/fleet';
import { pathComponents } from '@shoal/service';

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
  const [digest, name, ...below] = pathComponents(path.slice(CONTENT_PREFIX.length)) ?? [];
  if (!isDigestHex(digest) || name === undefined) return undefined;
  const components = below.length === 0 ? [name] : below;
  return { digest, name, components };
}

/** The file in the tree at `root`. */
export function pathInTree(root: string, { components }: ContentPath): string {
  return join(root, ...components);
}
