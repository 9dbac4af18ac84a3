import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** What was recorded, by kind: a folder each below `corpus/`. */
export type CorpusKind = 'announce-queries' | 'announce-responses' | 'manifests' | 'metainfo' | 'wire';

/** Where recordings lie, one gzip file each; `npm run fuzz -- --record` writes them. */
export const CORPUS = join(import.meta.dirname, 'corpus');

/** The recordings of a kind, by name. */
export function loadCorpus(kind: CorpusKind): Map<string, Uint8Array> {
  const directory = join(CORPUS, kind);
  const names = readdirSync(directory).sort();
  return new Map(
    names.map((name) => [
      name.replace(/\.gz$/, ''),
      new Uint8Array(gunzipSync(readFileSync(join(directory, name)))),
    ]),
  );
}
