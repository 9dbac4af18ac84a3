import { resolve } from 'node:path';
import { infoHashHex, type Magnet, type Metainfo, wireInfoHashes } from '@shoal/protocol';
import { software } from '@shoal/service';
import {
  createHashPool,
  createSession,
  type EncryptionPolicy,
  type FetchedMetadata,
  hashesOf,
  openDirectoryStore,
  OpenFiles,
  type PeerAddress,
  type Session,
  SpanCache,
  type Torrent,
} from '@shoal/session';
import { announceSwarm } from './announce-swarm.ts';
import { PROGRESS_INTERVAL, UNKNOWN_LEFT } from './constants.ts';
import {
  dropOrphanedResume,
  type FetchPaths,
  fetchPaths,
  publishFetched,
  requireAbsent,
} from './publish-fetched.ts';

/** What is fetched, and where to. */
export interface FetchMagnetInit {
  readonly magnet: Magnet;
  /** Directory that the torrent's root, or its single file, is put into. */
  readonly directory: string;
  /** Where peers may connect to. */
  readonly listen: PeerAddress;
  /** URLs of web seeds of the content. */
  readonly webSeeds: readonly string[];
  readonly encryption: EncryptionPolicy;
  /** Fails when nothing of use came for so long, in milliseconds. */
  readonly noProgressMs: number;
  readonly signal: AbortSignal;
  /** Bytes so far and in all, of what is fetched at the moment. */
  readonly onProgress: (what: 'metadata' | 'content', done: number, total: number) => void;
  /** Something went wrong that does not end the fetch. */
  readonly onWarning: (message: string) => void;
}

/** What was fetched. */
export interface FetchedMagnet {
  /** Where it is. */
  readonly path: string;
  readonly metainfo: Metainfo;
}

/** What trackers are told, and who takes the peers that they name. */
interface Announced {
  receiver: Pick<Torrent, 'addPeers'>;
  figures: () => { readonly uploaded: number; readonly downloaded: number; readonly left: number };
}

/**
 * Fetches what a magnet link names: metadata from peers first, then the content, which appears under its name when all of
 * it is verified. A fetch that was broken off goes on where it was.
 * @throws ShoalError SHOAL_CLI_EXISTS; TorrentError, MetainfoError or StoreError; the signal's reason
 */
export async function fetchMagnet(init: FetchMagnetInit): Promise<FetchedMagnet> {
  const { magnet, listen, encryption } = init;
  await using stack = new AsyncDisposableStack();
  const clientVersion = software().version;
  const session = await createSession({}, { ...listen, peerClass: 'client', clientVersion, encryption });
  stack.defer(() => session.close());
  const { infoHashV1: v1, infoHashV2: v2, trackers, peers } = magnet;
  const hashes = { ...(v1 && { v1 }), ...(v2 && { v2 }) };
  const fetch = session.fetchMetadata({ hashes, trackers });
  fetch.addPeers(peers);
  const announced: Announced = {
    receiver: fetch,
    figures: () => ({ uploaded: 0, downloaded: 0, left: UNKNOWN_LEFT }),
  };
  const stopAnnouncing = announceSwarm(session, {
    hashes,
    trackers: trackers.filter((url) => isHttp(url, init.onWarning)),
    figures: () => announced.figures(),
    onPeers: (found) => announced.receiver.addPeers(found),
    onError: (tracker, error) =>
      init.onWarning(`${tracker}: ${error instanceof Error ? error.message : String(error)}`),
  });
  stack.defer(stopAnnouncing);
  const metadata = await watched(
    () => init.onProgress('metadata', fetch.progress().bytesDone, fetch.progress().bytesTotal),
    fetch.whenFetched({ signal: init.signal, noProgressMs: init.noProgressMs }),
  );
  const path = await fetchContent(session, metadata, announced, init);
  return { path, metainfo: metadata.metainfo };
}

/** Fetches the torrent itself. Returns where it is. */
async function fetchContent(
  session: Session,
  { metainfo, peers }: FetchedMetadata,
  announced: Announced,
  init: FetchMagnetInit,
): Promise<string> {
  const infoHash = wireInfoHashes(metainfo).map(infoHashHex).at(0) ?? metainfo.name;
  const paths = fetchPaths(resolve(init.directory), metainfo.name, infoHash);
  await requireAbsent(paths.final);
  await dropOrphanedResume(paths);
  await using stack = new AsyncDisposableStack();
  const pool = createHashPool();
  stack.defer(() => pool.close());
  const torrent = addTorrent(
    session,
    metainfo,
    { pool, cache: new SpanCache(), files: new OpenFiles() },
    paths,
    init.webSeeds,
  );
  stack.defer(() => torrent.remove());
  torrent.addPeers(peers);
  announced.receiver = torrent;
  announced.figures = () => figuresOf(torrent, metainfo);
  await watched(
    () => init.onProgress('content', torrent.progress().bytesDone, torrent.progress().bytesTotal),
    torrent.whenComplete({ signal: init.signal, noProgressMs: init.noProgressMs }),
  );
  await torrent.remove();
  await publishFetched(paths, metainfo);
  return paths.final;
}

function addTorrent(
  session: Session,
  metainfo: Metainfo,
  components: Parameters<typeof openDirectoryStore>[0],
  { incoming, resume }: FetchPaths,
  webSeeds: readonly string[],
): Torrent {
  return session.add({
    hashes: hashesOf(metainfo),
    load: () => Promise.resolve(metainfo),
    openStore: () => openDirectoryStore(components, { metainfo, root: incoming, create: true }),
    have: 'none',
    resumePath: resume,
    webSeeds,
  });
}

function figuresOf(torrent: Torrent, { pieceSpaceLength }: Metainfo) {
  const { uploaded, downloaded, bytesDone } = torrent.progress();
  const left = pieceSpaceLength - bytesDone;
  const { fromPeers, fromSeeders, fromOrigins } = downloaded;
  return { uploaded, downloaded: fromPeers + fromSeeders + fromOrigins, left };
}

/** Waits for `work`, and looks at its progress meanwhile and once more at its end. */
async function watched<T>(look: () => void, work: Promise<T>): Promise<T> {
  const timer = setInterval(look, PROGRESS_INTERVAL);
  try {
    const result = await work;
    look();
    return result;
  } finally {
    clearInterval(timer);
  }
}

function isHttp(url: string, onWarning: FetchMagnetInit['onWarning']): boolean {
  if (/^https?:/i.test(url)) return true;
  onWarning(`${url}: not an HTTP tracker, is not asked`);
  return false;
}
