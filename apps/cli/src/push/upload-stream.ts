import { SeederServiceDefinition } from '@shoal/contracts';
import type { CatalogClient } from '../client/catalog-client.ts';
import { STALL_MS } from './constants.ts';
import { stalled } from './push-errors.ts';
import type { PushAttempt, PushWay } from './push-way.ts';
import { createWatchdog, type Watchdog } from './watchdog.ts';

/** The bytes of a tree's regular files, one after the other in manifest order, from an offset on. */
export type OpenSource = (offset: number) => AsyncIterable<Uint8Array>;

/**
 * What is missing of an upload, in one gRPC stream.
 * @param relay through the catalog, for clients that cannot reach a seeder
 */
export function streamWay(open: OpenSource, { relay }: { readonly relay: boolean }): PushWay {
  return {
    description: relay ? 'through the catalog' : 'in one stream',
    send: (client, attempt) => streamUpload(client, attempt, open, relay),
    keepsSent: false,
    isClosed: () => false,
  };
}

async function streamUpload(
  client: CatalogClient,
  attempt: PushAttempt,
  open: OpenSource,
  relay: boolean,
): Promise<void> {
  const watchdog = createWatchdog(STALL_MS);
  const signal = AbortSignal.any([attempt.signal, watchdog.signal]);
  const chunks = countedChunks(attempt, open, watchdog);
  try {
    if (relay) await client.uploads.relayUpload(chunks, { signal });
    else await sendToSeeder(client, attempt.upload.seederEndpoint, chunks, signal);
  } catch (error) {
    throw watchdog.signal.aborted ? stalled() : error;
  } finally {
    watchdog.stop();
  }
}

async function sendToSeeder(
  client: CatalogClient,
  endpoint: string,
  chunks: AsyncIterable<UploadPart>,
  signal: AbortSignal,
): Promise<void> {
  const channel = client.connect(endpoint);
  try {
    await channel.client(SeederServiceDefinition).upload(chunks, { signal });
  } finally {
    channel.close();
  }
}

/** A message of the upload stream: the same shape towards seeder and catalog. */
interface UploadPart {
  readonly part:
    | { readonly $case: 'open'; readonly value: { readonly ticket: string; readonly offset: bigint } }
    | { readonly $case: 'data'; readonly value: Uint8Array };
}

async function* countedChunks(
  { upload, onSent }: PushAttempt,
  open: OpenSource,
  watchdog: Watchdog,
): AsyncGenerator<UploadPart> {
  const { ticket, offset } = upload;
  let sent = Number(offset);
  onSent(sent);
  yield { part: { $case: 'open', value: { ticket, offset } } };
  for await (const chunk of open(sent)) {
    watchdog.touch();
    yield { part: { $case: 'data', value: chunk } };
    sent += chunk.length;
    onSent(sent);
  }
  watchdog.touch();
}
