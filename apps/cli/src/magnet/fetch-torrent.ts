import { filesWithoutLayer, type Magnet, type Metainfo, parsePartialMetainfo } from '@shoal/protocol';
import { software } from '@shoal/service';
import {
  createSession,
  type EncryptionPolicy,
  type FetchedMetadata,
  hashesOf,
  type PeerAddress,
  type Session,
  type Torrent,
  type TorrentHashes,
} from '@shoal/session';
import { readInput } from '../files/read-input.ts';
import { type AnnouncedSwarm, announceSwarm } from './announce-swarm.ts';
import { UNKNOWN_LEFT } from './constants.ts';
import { fetchContent, type StreamInit } from './fetch-content.ts';
import { SavedMetainfo } from './saved-metainfo.ts';
import type { ContentSelection } from './select-content.ts';
import { watched } from './watched.ts';

/** What is fetched, and where to. */
export interface FetchTorrentInit {
  /** A magnet link, or the path of a .torrent file. */
  readonly source: Magnet | string;
  /** Peers to dial, beside those that the link and trackers name. */
  readonly peers: readonly PeerAddress[];
  /** Directory that the torrent's root, or its single file, is put into. */
  readonly directory: string;
  readonly selection: ContentSelection;
  /** Where peers may connect to. */
  readonly listen: PeerAddress;
  /** URLs of web seeds of the content. */
  readonly webSeeds: readonly string[];
  /** Certificates, PEM, of authorities that they may be signed by beside the well-known ones. */
  readonly originAuthorities: readonly string[];
  readonly encryption: EncryptionPolicy;
  /** As `localDiscovery` of a session. */
  readonly lsd: boolean;
  /** Fails when nothing of use came for so long, in milliseconds. */
  readonly noProgressMs: number;
  readonly signal: AbortSignal;
  /** Bytes so far and in all, of what is fetched at the moment. */
  readonly onProgress: (what: 'metadata' | 'content', done: number, total: number) => void;
  /** What is selected is in its place. */
  readonly onFetched: (fetched: FetchedTorrent) => void;
  /** Serves the files meanwhile, and then until the signal fires. */
  readonly stream: StreamInit | undefined;
  /** Something went wrong that does not end the fetch. */
  readonly onWarning: (message: string) => void;
}

/** What was fetched. */
export interface FetchedTorrent {
  /** Where it is. */
  readonly path: string;
  readonly metainfo: Metainfo;
}

/** What is told of a hybrid whose piece layers nobody has. */
const BY_V1 =
  'the piece layers (v2) of this hybrid are not known: pieces are verified by SHA-1 (v1), and files by their roots at the end';

/** What trackers are told, and who takes the peers that they name. */
interface Announced {
  receiver: Pick<Torrent, 'addPeers'>;
  figures: () => { readonly uploaded: number; readonly downloaded: number; readonly left: number };
}

/** What is known of a swarm before anybody is connected. */
interface KnownSwarm {
  readonly hashes: TorrentHashes;
  readonly trackers: readonly string[];
  readonly peers: readonly PeerAddress[];
  /** Of a .torrent file, or of a fetch of the link that was broken off. */
  readonly metainfo?: Metainfo;
  /** Of a link. */
  readonly saved?: SavedMetainfo;
}

/**
 * Fetches what a magnet link or a .torrent file names: for a link metadata from peers first, then the content, which
 * {@link fetchContent} puts in its place.
 * @throws SelectionError; ShoalError SHOAL_CLI_EXISTS, SHOAL_CLI_FETCHING, SHOAL_CLI_FILE; TorrentError, MetainfoError or StoreError; the
 * signal's reason
 */
export async function fetchTorrent(init: FetchTorrentInit): Promise<void> {
  const { listen, encryption, lsd: localDiscovery, originAuthorities } = init;
  const known = await swarmOf(init.source, init.directory);
  const { hashes, trackers } = known;
  const peers = [...known.peers, ...init.peers];
  await using stack = new AsyncDisposableStack();
  const clientVersion = software().version;
  const identity = { peerClass: 'client', clientVersion } as const;
  const policies = { encryption, localDiscovery, originAuthorities };
  const session = await createSession({}, { ...listen, ...identity, ...policies });
  stack.defer(() => session.close());
  const announced: Announced = {
    receiver: { addPeers: (found) => peers.push(...found) },
    figures: () => ({ uploaded: 0, downloaded: 0, left: UNKNOWN_LEFT }),
  };
  let swarm: AnnouncedSwarm | undefined;
  const announce = (): void => {
    swarm = announceSwarm(session, {
      hashes,
      trackers: trackers.filter((url) => isKnownTracker(url, init.onWarning)),
      figures: () => announced.figures(),
      onPeers: (found) => announced.receiver.addPeers(found),
      onError: (tracker, error) =>
        init.onWarning(`${tracker}: ${error instanceof Error ? error.message : String(error)}`),
    });
  };
  stack.defer(() => swarm?.stop());
  const metadata =
    known.metainfo === undefined
      ? await fetchMetadata(session, { ...known, peers }, announced, announce, init)
      : { metainfo: known.metainfo, peers, foundPeers: [] };
  const { metainfo } = metadata;
  if (filesWithoutLayer(metainfo).length > 0) init.onWarning(BY_V1);
  await fetchContent(session, {
    ...init,
    ...metadata,
    onProgress: (done, total) => init.onProgress('content', done, total),
    onAdded: async (torrent) => {
      announced.receiver = torrent;
      announced.figures = () => figuresOf(torrent, metainfo);
      if (known.metainfo !== undefined) announce();
      if ('bytes' in metadata) await known.saved?.write(metadata.bytes);
    },
    onFetched: async (path) => {
      await known.saved?.remove();
      if (announced.figures().left === 0) swarm?.completed();
      init.onFetched({ path, metainfo });
    },
  });
}

async function swarmOf(source: Magnet | string, directory: string): Promise<KnownSwarm> {
  if (typeof source === 'string') {
    const metainfo = parsePartialMetainfo(await readInput(source));
    return { hashes: hashesOf(metainfo), trackers: metainfo.announceTiers.flat(), peers: [], metainfo };
  }
  const { infoHashV1: v1, infoHashV2: v2, trackers, peers } = source;
  const hashes = { ...(v1 && { v1 }), ...(v2 && { v2 }) };
  const saved = new SavedMetainfo(directory, hashes);
  const metainfo = await saved.read();
  return { hashes, trackers, peers, saved, ...(metainfo && { metainfo }) };
}

/** Finds out what the torrent is; announced meanwhile. */
async function fetchMetadata(
  session: Session,
  { hashes, trackers, peers }: KnownSwarm,
  announced: Announced,
  announce: () => void,
  { signal, noProgressMs, onProgress }: FetchTorrentInit,
): Promise<FetchedMetadata> {
  const fetch = session.fetchMetadata({ hashes, trackers });
  fetch.addPeers(peers);
  announced.receiver = fetch;
  announce();
  return await watched(
    () => onProgress('metadata', fetch.progress().bytesDone, fetch.progress().bytesTotal),
    fetch.whenFetched({ signal, noProgressMs }),
  );
}

/** What is left is of the whole torrent, whatever is wanted of it: a part is no seed (BEP 3, 21). */
function figuresOf(torrent: Torrent, { pieceSpaceLength }: Metainfo) {
  const { uploaded, downloaded, bytesDone } = torrent.progress();
  const left = pieceSpaceLength - bytesDone;
  const { fromPeers, fromSeeders, fromOrigins } = downloaded;
  return { uploaded, downloaded: fromPeers + fromSeeders + fromOrigins, left };
}

function isKnownTracker(url: string, onWarning: FetchTorrentInit['onWarning']): boolean {
  if (/^(https?|udp):/i.test(url)) return true;
  onWarning(`${url}: neither an HTTP nor a UDP tracker, is not asked`);
  return false;
}
