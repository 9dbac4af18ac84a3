import { SeederServiceDefinition, ShoalError, type Upload } from '@shoal/contracts';
import { Status } from 'nice-grpc-common';
import type { CatalogClient } from '../client/catalog-client.ts';
import { STALL_MS } from './constants.ts';

/** The bytes of a tree's regular files, one after the other in manifest order, from an offset on. */
export type OpenSource = (offset: number) => AsyncIterable<Uint8Array>;

export interface UploadStreamInit {
  /** What the catalog said last: endpoint, ticket and the offset to go on from. */
  readonly upload: Upload;
  readonly open: OpenSource;
  /** Through the catalog, for clients that cannot reach a seeder. */
  readonly relay: boolean;
  readonly signal: AbortSignal;
  /** Called with the offset behind the bytes handed over so far. */
  readonly onSent: (offset: number) => void;
}

/**
 * Sends what is missing of an upload in one stream. Resolves when the seeder holds every byte durably.
 * @throws ShoalError of the seeder or the catalog, SHOAL_PUSH_STALLED when nothing moved for {@link STALL_MS}
 */
export async function streamUpload(client: CatalogClient, init: UploadStreamInit): Promise<void> {
  const watchdog = createWatchdog(STALL_MS);
  const signal = AbortSignal.any([init.signal, watchdog.signal]);
  const chunks = countedChunks(init, watchdog.touch);
  try {
    if (init.relay) await client.uploads.relayUpload(chunks, { signal });
    else await sendToSeeder(client, init.upload.seederEndpoint, chunks, signal);
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

async function* countedChunks(init: UploadStreamInit, touch: () => void): AsyncGenerator<UploadPart> {
  const { ticket, offset } = init.upload;
  let sent = Number(offset);
  yield { part: { $case: 'open', value: { ticket, offset } } };
  for await (const chunk of init.open(sent)) {
    touch();
    yield { part: { $case: 'data', value: chunk } };
    sent += chunk.length;
    init.onSent(sent);
  }
  touch();
}

/** Fires when `touch` was not called for `ms` milliseconds. */
function createWatchdog(ms: number): { signal: AbortSignal; touch: () => void; stop: () => void } {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), ms);
  return { signal: controller.signal, touch: () => void timer.refresh(), stop: () => clearTimeout(timer) };
}

function stalled(): ShoalError {
  return new ShoalError({
    code: 'SHOAL_PUSH_STALLED',
    status: Status.UNAVAILABLE,
    message: `nothing moved for ${STALL_MS / 1000} s`,
    remedy: 'Look at the network and at the disk of the seeder; push again to go on where it stopped.',
  });
}
