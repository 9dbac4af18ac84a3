import type { SwarmFormat } from '@shoal/contracts';
import { chooseProfile, type Entries, totalSizeOf } from '@shoal/protocol';
import {
  type HashPool,
  hashTree,
  OpenFiles,
  readTree,
  type ScannedTree,
  scanTree,
  SpanCache,
} from '@shoal/session';
import type { CatalogClient } from '../client/catalog-client.ts';
import { formatDuration } from '../output/format.ts';
import type { Terminal } from '../output/terminal.ts';
import { createTransferView } from '../output/transfer-view.ts';
import { SWARM_PUSH_BYTES, SWARM_PUSH_FILE_BYTES } from './constants.ts';
import { type PushResult, pushArtifact } from './push-artifact.ts';
import type { PushWay } from './push-way.ts';
import { type SwarmSource, swarmWay } from './swarm-way.ts';
import { streamWay } from './upload-stream.ts';

/** How the bytes go; auto: by swarm, or in one stream where that is cheaper or no swarm can be had. */
export const PUSH_VIAS = ['auto', 'swarm', 'stream', 'relay'] as const;
export type PushVia = (typeof PUSH_VIAS)[number];

/** What is published, and how. */
export interface PushTreeInit {
  /** A directory, or one file. */
  readonly root: string;
  readonly name: string;
  readonly version: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly format: SwarmFormat;
  readonly via: PushVia;
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
  const source = await hashRoots(components, tree, init);
  const hashed = now();
  const result = await sendTree(components, init, source);
  return { ...result, hashMillis: hashed - started, sendMillis: now() - hashed };
}

/** The tree with the Merkle root of every file, by which the platform knows content it has, and with piece layers. */
async function hashRoots(
  { pool, terminal, now }: PushTreeComponents,
  { root, entries }: ScannedTree,
  { name, signal }: PushTreeInit,
): Promise<SwarmSource> {
  const { pieceLength } = chooseProfile(entries, { private: true });
  const view = createTransferView(terminal, 'hashing', now);
  try {
    const onProgress = (done: number, total: number): void => view.update(done, total);
    const hashed = await hashTree(root, entries, { format: 'v2', pieceLength }, { pool, onProgress, signal });
    return { name, root, pieceLength, ...hashed };
  } finally {
    view.end();
  }
}

async function sendTree(
  { client, pool, terminal, random, now }: PushTreeComponents,
  init: PushTreeInit,
  source: SwarmSource,
): Promise<PushResult> {
  const view = createTransferView(terminal, 'sending', now);
  try {
    return await pushArtifact(client, {
      ...init,
      entries: source.entries,
      ways: waysOf(init.via, pool, source),
      random,
      onProgress: (sent, total) => view.update(sent, total),
      onRetry: (error, delayMs) => terminal.note(retryNote(error, delayMs)),
      onOtherWay: (error, way) => terminal.note(`  ${messageOf(error)}; sending ${way.description}`),
    });
  } finally {
    view.end();
  }
}

function waysOf(via: PushVia, pool: HashPool, source: SwarmSource): readonly [PushWay, ...PushWay[]] {
  const { root, entries } = source;
  const stream = streamWay((offset) => readTree(root, entries, offset), { relay: via === 'relay' });
  const swarm = swarmWay({ pool, cache: new SpanCache(), files: new OpenFiles() }, source);
  if (via === 'swarm') return [swarm];
  return via === 'auto' && isWorthSwarm(entries) ? [swarm, stream] : [stream];
}

function isWorthSwarm(entries: Entries): boolean {
  const bytes = totalSizeOf(entries);
  return bytes >= SWARM_PUSH_BYTES && bytes >= entries.length * SWARM_PUSH_FILE_BYTES;
}

function retryNote(error: unknown, delayMs: number): string {
  return `  the connection broke (${messageOf(error)}); going on in ${formatDuration(delayMs)}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
