import {
  SeederServiceDefinition,
  ShoalError,
  type TransferInvitation,
  type TransferRequest,
} from '@shoal/contracts';
import { createMetainfo, type Entries, type Metainfo, type PieceLayers } from '@shoal/protocol';
import { parseEndpoint, software } from '@shoal/service';
import {
  createSession,
  type DirectoryStoreComponents,
  hashesOf,
  openDirectoryStore,
  type PeerAddress,
  type Torrent,
} from '@shoal/session';
import type { CatalogClient } from '../client/catalog-client.ts';
import { METAINFO_CHUNK_BYTES, PEER_DEADLINE_MS, STALL_MS } from './constants.ts';
import { stalled, swarmClosed } from './push-errors.ts';
import type { PushAttempt, PushWay } from './push-way.ts';
import { createWatchdog } from './watchdog.ts';

/** A tree that was hashed. */
export interface SwarmSource {
  /** The artifact's name. */
  readonly name: string;
  readonly root: string;
  /** With the root of every file. */
  readonly entries: Entries;
  readonly pieceLayers: PieceLayers;
  /** Bytes of the pieces that the layers are of. */
  readonly pieceLength: number;
}

/**
 * What is missing of an upload, over the peer protocol: the seeder names a swarm that nobody else can find, and fetches what
 * it has not from us, the only peer. It verifies every piece, and keeps it when this breaks off.
 */
export function swarmWay(store: DirectoryStoreComponents, source: SwarmSource): PushWay {
  return {
    description: 'by swarm',
    send: (client, attempt) => transferUpload(client, store, source, attempt),
    keepsSent: true,
    isClosed: (error) => error instanceof ShoalError && CLOSED.includes(error.code),
  };
}

/** A seeder of before this way, one whose peer port cannot be reached. */
const CLOSED: readonly string[] = ['SHOAL_RPC_UNIMPLEMENTED', 'SHOAL_PUSH_SWARM_CLOSED'];

async function transferUpload(
  client: CatalogClient,
  store: DirectoryStoreComponents,
  source: SwarmSource,
  attempt: PushAttempt,
): Promise<void> {
  const { seederEndpoint, ticket } = attempt.upload;
  const watchdog = createWatchdog(STALL_MS);
  const invited = Promise.withResolvers<Uint8Array>();
  // Nobody may wait for it by the time it is given up.
  invited.promise.catch(() => undefined);
  const channel = client.connect(seederEndpoint);
  const signal = AbortSignal.any([attempt.signal, watchdog.signal]);
  let seeding: SwarmSeeding | undefined;
  try {
    const calls = channel.client(SeederServiceDefinition);
    for await (const { part } of calls.transfer(requests(ticket, invited.promise), { signal })) {
      watchdog.touch();
      if (part?.$case === 'invitation') {
        seeding = await startSeeding(store, source, part.value, seederEndpoint);
        invited.resolve(seeding.metainfoBytes);
      } else if (part?.$case === 'progress') {
        const bytes = Number(part.value.bytes);
        attempt.onSent(bytes);
        seeding?.connect();
        if (bytes < Number(attempt.upload.size)) seeding?.check();
      }
    }
  } catch (error) {
    throw watchdog.signal.aborted ? stalled() : error;
  } finally {
    watchdog.stop();
    invited.reject(new Error('the call is over'));
    channel.close();
    await seeding?.stop();
  }
}

async function* requests(ticket: string, invited: Promise<Uint8Array>): AsyncGenerator<TransferRequest> {
  yield { part: { $case: 'open', value: { ticket } } };
  const metainfo = await invited;
  for (let sent = 0; sent < metainfo.length; sent += METAINFO_CHUNK_BYTES) {
    yield { part: { $case: 'metainfo', value: metainfo.subarray(sent, sent + METAINFO_CHUNK_BYTES) } };
  }
}

/** The tree, being seeded to one peer. */
interface SwarmSeeding {
  readonly metainfoBytes: Uint8Array;
  /** Connects to the seeder. Idempotent. */
  connect(): void;
  /**
   * Looks whether all is well while bytes are missing.
   * @throws ShoalError SHOAL_PUSH_SWARM_CLOSED when the seeder cannot be reached; StoreError when the tree cannot be read
   */
  check(): void;
  stop(): Promise<void>;
}

async function startSeeding(
  store: DirectoryStoreComponents,
  source: SwarmSource,
  invitation: TransferInvitation,
  seederEndpoint: string,
): Promise<SwarmSeeding> {
  const { root } = source;
  const { bytes: metainfoBytes, metainfo } = metainfoOf(source, invitation);
  // It dials; nobody has to reach it.
  const listen = { host: '127.0.0.1', port: 0 };
  const session = await createSession(
    {},
    { ...listen, peerClass: 'client', clientVersion: software().version },
  );
  const torrent = session.add({
    hashes: hashesOf(metainfo),
    load: () => Promise.resolve(metainfo),
    openStore: () => openDirectoryStore(store, { metainfo, root, create: false }),
    have: 'all',
  });
  const peer = peerOf(invitation, seederEndpoint);
  return {
    metainfoBytes,
    connect: () => torrent.addPeers([peer]),
    check: createCheck(torrent),
    stop: () => session.close(),
  };
}

function metainfoOf(
  { name, entries, pieceLayers, pieceLength }: SwarmSource,
  invitation: TransferInvitation,
): { readonly bytes: Uint8Array; readonly metainfo: Metainfo } {
  if (invitation.pieceLength !== pieceLength) {
    throw swarmClosed(`it wants pieces of ${invitation.pieceLength} bytes, not ${pieceLength}`);
  }
  const { source } = invitation;
  const profile = { version: 1, format: 'v2', pieceLength, private: true, source } as const;
  return createMetainfo({ name, profile, entries, pieceLayers });
}

function peerOf({ address, port }: TransferInvitation, seederEndpoint: string): PeerAddress {
  if (address !== '') return { host: address, port };
  const endpoint = parseEndpoint(seederEndpoint);
  if (endpoint === undefined || 'path' in endpoint) throw swarmClosed(`${seederEndpoint} names no host`);
  return { host: endpoint.host, port };
}

function createCheck(torrent: Torrent): () => void {
  let connectedAt = Date.now();
  return () => {
    const { peers, error } = torrent.progress();
    if (error !== undefined) throw error;
    if (peers > 0) connectedAt = Date.now();
    else if (Date.now() - connectedAt > PEER_DEADLINE_MS) {
      throw swarmClosed(`no connection to its peer port within ${PEER_DEADLINE_MS / 1000} s`);
    }
  };
}
