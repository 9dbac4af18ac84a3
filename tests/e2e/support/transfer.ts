import {
  SeederServiceDefinition,
  type TransferInvitation,
  type TransferRequest,
  type Upload,
} from '@shoal/contracts';
import { chooseProfile, createMetainfo, type Entries, type Metainfo } from '@shoal/protocol';
import { parseEndpoint } from '@shoal/service';
import {
  createHashPool,
  createSession,
  type HashedTree,
  type HashPool,
  hashesOf,
  hashTree,
  OpenFiles,
  openDirectoryStore,
  scanTree,
  SpanCache,
} from '@shoal/session';
import type { Platform } from './platform.ts';

/** A client of Transfer calls that can do it wrong. */
export interface TransferClient {
  /** The tree whose roots it declares. */
  readonly root: string;
  readonly name: string;
  /** Where it takes the bytes from. @default root */
  readonly seededRoot?: string;
  /** What its metainfo says. @default what the invitation says */
  readonly source?: string;
  /** Called with the bytes that the seeder says are there. */
  readonly onProgress?: (bytes: number) => void;
  readonly signal?: AbortSignal;
}

/** Hands over an upload by swarm. Resolves with the bytes that the seeder had at first. */
export async function transfer(platform: Platform, upload: Upload, client: TransferClient): Promise<number> {
  await using stack = new AsyncDisposableStack();
  const pool = createHashPool();
  stack.defer(() => pool.close());
  const session = await createSession(
    {},
    { host: '127.0.0.1', port: 0, peerClass: 'client', clientVersion: '0' },
  );
  stack.defer(() => session.close());
  const { host = '' } = parseEndpoint(upload.seederEndpoint) as { readonly host?: string };

  async function join(invitation: TransferInvitation): Promise<Uint8Array> {
    const { bytes, metainfo } = await metainfoOf(invitation);
    session
      .add({
        hashes: hashesOf(metainfo),
        load: () => Promise.resolve(metainfo),
        openStore: () =>
          openDirectoryStore(
            { pool, cache: new SpanCache(), files: new OpenFiles() },
            { metainfo, root: client.seededRoot ?? client.root, create: false },
          ),
        have: 'all',
      })
      .addPeers([{ host, port: invitation.port }]);
    return bytes;
  }

  async function metainfoOf(
    invitation: TransferInvitation,
  ): Promise<{ bytes: Uint8Array; metainfo: Metainfo }> {
    const { pieceLength, ...hashed } = await hashRoots(client.root, pool);
    const source = client.source ?? invitation.source;
    const profile = { version: 1, format: 'v2', pieceLength, private: true, source } as const;
    return createMetainfo({ name: client.name, profile, ...hashed });
  }

  const invited = Promise.withResolvers<TransferInvitation>();
  async function* requests(): AsyncGenerator<TransferRequest> {
    yield { part: { $case: 'open', value: { ticket: upload.ticket } } };
    yield { part: { $case: 'metainfo', value: await join(await invited.promise) } };
  }
  let first: number | undefined;
  const calls = platform.client(SeederServiceDefinition, upload.seederEndpoint);
  const options = client.signal === undefined ? {} : { signal: client.signal };
  for await (const { part } of calls.transfer(requests(), options)) {
    if (part?.$case === 'invitation') invited.resolve(part.value);
    if (part?.$case !== 'progress') continue;
    first ??= Number(part.value.bytes);
    client.onProgress?.(Number(part.value.bytes));
  }
  return first ?? 0;
}

/** The entries of a directory with their roots. */
export async function hashedEntries(root: string): Promise<Entries> {
  const pool = createHashPool();
  try {
    return (await hashRoots(root, pool)).entries;
  } finally {
    await pool.close();
  }
}

async function hashRoots(
  root: string,
  pool: HashPool,
): Promise<HashedTree & { readonly pieceLength: number }> {
  const { entries } = await scanTree(root);
  const { pieceLength } = chooseProfile(entries, { private: true });
  return { ...(await hashTree(root, entries, { format: 'v2', pieceLength }, { pool })), pieceLength };
}
