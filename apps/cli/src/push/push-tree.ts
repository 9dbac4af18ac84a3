import type { SwarmFormat } from '@shoal/contracts';
import { chooseProfile, type Entries } from '@shoal/protocol';
import { type HashPool, type ScannedTree, hashTree, readTree, scanTree } from '@shoal/session';
import type { CatalogClient } from '../client/catalog-client.ts';
import { formatDuration } from '../output/format.ts';
import type { Terminal } from '../output/terminal.ts';
import { createTransferView } from '../output/transfer-view.ts';
import { type PushResult, pushArtifact } from './push-artifact.ts';

/** What is published, and how. */
export interface PushTreeInit {
  /** A directory, or one file. */
  readonly root: string;
  readonly name: string;
  readonly version: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly format: SwarmFormat;
  /** Through the catalog instead of straight to the seeder. */
  readonly relay: boolean;
  readonly signal: AbortSignal;
}

export interface PushTreeComponents {
  readonly client: CatalogClient;
  readonly pool: HashPool;
  readonly terminal: Terminal;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  /** Milliseconds. */
  readonly now: () => number;
}

export interface PushTreeResult extends PushResult {
  readonly hashMillis: number;
  readonly sendMillis: number;
}

/** Scans, hashes and publishes a tree, with a bar for the hashing and one for the bytes. */
export async function pushTree(components: PushTreeComponents, init: PushTreeInit): Promise<PushTreeResult> {
  const { now } = components;
  const started = now();
  const tree = await scanTree(init.root);
  const entries = await hashRoots(components, tree, init.signal);
  const hashed = now();
  const result = await sendTree(components, init, { ...tree, entries });
  return { ...result, hashMillis: hashed - started, sendMillis: now() - hashed };
}

/** The tree's entries with the Merkle root of every file: by them the platform knows content it has. */
async function hashRoots(
  { pool, terminal, now }: PushTreeComponents,
  { root, entries }: ScannedTree,
  signal: AbortSignal,
): Promise<Entries> {
  const { pieceLength } = chooseProfile(entries, { private: true });
  const view = createTransferView(terminal, 'hashing', now);
  try {
    const onProgress = (done: number, total: number): void => view.update(done, total);
    const hashed = await hashTree(root, entries, { format: 'v2', pieceLength }, { pool, onProgress, signal });
    return hashed.entries;
  } finally {
    view.end();
  }
}

async function sendTree(
  { client, terminal, random, now }: PushTreeComponents,
  init: PushTreeInit,
  { root, entries }: { readonly root: string; readonly entries: Entries },
): Promise<PushResult> {
  const view = createTransferView(terminal, 'sending', now);
  try {
    return await pushArtifact(client, {
      ...init,
      entries,
      open: (offset) => readTree(root, entries, offset),
      random,
      onProgress: (sent, total) => view.update(sent, total),
      onRetry: (error, delayMs) => terminal.note(retryNote(error, delayMs)),
    });
  } finally {
    view.end();
  }
}

function retryNote(error: unknown, delayMs: number): string {
  const why = error instanceof Error ? error.message : String(error);
  return `  the connection broke (${why}); going on in ${formatDuration(delayMs)}`;
}
