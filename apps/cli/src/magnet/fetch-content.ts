import { dirname, resolve } from 'node:path';
import { openTreeReader, type StreamedContent } from '@shoal/fleet';
import {
  infoHashHex,
  type Metainfo,
  type MetainfoEntry,
  type MetainfoFile,
  wireInfoHashes,
} from '@shoal/protocol';
import {
  createHashPool,
  hashesOf,
  openDirectoryStore,
  OpenFiles,
  type PeerAddress,
  type Priority,
  PRIORITY_OF_LEVEL,
  type Session,
  SpanCache,
  type Torrent,
} from '@shoal/session';
import { aborted } from '../command-line/aborted.ts';
import { lockFetch } from './fetch-lock.ts';
import { filesAt } from './files-at.ts';
import {
  dropOrphanedResume,
  type FetchPaths,
  fetchPaths,
  publishFetched,
  requireAbsent,
} from './publish-fetched.ts';
import { type ContentSelection, isPart, selectContent } from './select-content.ts';
import { placedReader } from './placed-reader.ts';
import { serveContent } from './serve-content.ts';
import { watched } from './watched.ts';

/** What is fetched of a torrent, and where to. */
export interface FetchContentInit {
  readonly metainfo: Metainfo;
  /** To be dialled. */
  readonly peers: readonly PeerAddress[];
  /** The same, found otherwise than by a tracker or the user. */
  readonly foundPeers: readonly PeerAddress[];
  /** Directory that the torrent's root, or its single file, is put into. */
  readonly directory: string;
  readonly selection: ContentSelection;
  /** URLs of web seeds of the content. */
  readonly webSeeds: readonly string[];
  /** Fails when nothing of use came for so long, in milliseconds. */
  readonly noProgressMs: number;
  readonly signal: AbortSignal;
  /** Bytes so far and in all, of what is wanted. */
  readonly onProgress: (done: number, total: number) => void;
  /** The torrent is in the session. */
  readonly onAdded: (torrent: Torrent) => Promise<void>;
  /** What is selected is in its place. */
  readonly onFetched: (path: string) => Promise<void>;
  /** Serves the files from the beginning on until the signal fires. */
  readonly stream: StreamInit | undefined;
}

/** How files are served over HTTP. */
export interface StreamInit {
  /** host:port on loopback. */
  readonly listen: string;
  /** Called with the URL of the list of files. */
  readonly onListening: (url: string) => void;
}

/**
 * Fetches a torrent, or the part of it that is selected. It appears under its name when all of that is verified; a part is added
 * to what is there under the name already, and nothing of that is fetched again. A fetch that was broken off goes on where
 * it was, also with another selection.
 * @throws SelectionError; ShoalError SHOAL_CLI_EXISTS, SHOAL_CLI_FETCHING; TorrentError or StoreError; the signal's reason
 */
export async function fetchContent(session: Session, init: FetchContentInit): Promise<void> {
  const { metainfo, selection, stream } = init;
  const levelOf = selectContent(metainfo, selection);
  const infoHash = wireInfoHashes(metainfo).map(infoHashHex).at(0) ?? metainfo.name;
  const paths = fetchPaths(resolve(init.directory), metainfo.name, infoHash);
  await using stack = new AsyncDisposableStack();
  const lock = stack.use(await lockFetch(paths.lock));
  const mayBeThere = stream !== undefined || (isPart(selection) && !metainfo.singleFile);
  if (!mayBeThere) await requireAbsent(paths.final);
  const root = metainfo.singleFile ? dirname(paths.final) : paths.final;
  const isThere = await filesAt(root, metainfo.files, (file) => levelOf(file) !== 'skip');
  const priorityOf = (file: MetainfoEntry): Priority =>
    isThere(file) ? 0 : PRIORITY_OF_LEVEL[levelOf(file)];
  const files = new OpenFiles();
  let placing: Promise<void> | undefined;
  const onPlacing = (placed: Promise<void>): void => void (placing = placed);
  const serve = async (torrent?: Torrent): Promise<void> => {
    if (stream === undefined) return;
    const content: StreamedContent = {
      openReader(file, range) {
        const inPlace = (start: number) => openTreeReader(files, root, file, { ...range, start });
        if (torrent === undefined || isThere(file)) return inPlace(range.start);
        const ofTorrent = torrent.openReader(file, range);
        return placedReader({ ofTorrent, inPlace, placing: () => placing }, range.start);
      },
    };
    const isServed = (file: MetainfoFile): boolean => levelOf(file) !== 'skip';
    const served = { listen: stream.listen, metainfo, isServed, readTimeoutMs: init.noProgressMs };
    stream.onListening(await serveContent(content, served, stack));
  };
  const isComplete = !Array.from(metainfo.files).some((file) => priorityOf(file) > 0);
  if (isComplete) await serve();
  else await fetchMissing(session, init, { paths, files, priorityOf, serve, onPlacing }, stack);
  // Whoever only reads is in nobody's way.
  await lock[Symbol.asyncDispose]();
  await init.onFetched(paths.final);
  if (stream !== undefined) await aborted(init.signal);
}

/** How {@link fetchMissing} does it. */
interface FetchMissingInit {
  readonly paths: FetchPaths;
  readonly files: OpenFiles;
  readonly priorityOf: (file: MetainfoEntry) => Priority;
  /** Called when the torrent is in the session. */
  readonly serve: (torrent: Torrent) => Promise<void>;
  /** Called when files are about to be moved to their places, with when that is done. */
  readonly onPlacing: (placed: Promise<void>) => void;
}

/** Fetches what is not there and puts it in its place. With `stream` the torrent stays until `stack` ends. */
async function fetchMissing(
  session: Session,
  init: FetchContentInit,
  { paths, files, priorityOf, serve, onPlacing }: FetchMissingInit,
  stack: AsyncDisposableStack,
): Promise<void> {
  const { metainfo } = init;
  await dropOrphanedResume(paths);
  const pool = createHashPool();
  stack.defer(() => pool.close());
  const components = { pool, cache: new SpanCache(), files };
  const place: Place = { root: paths.incoming, isPublished: false };
  const torrent = addTorrent(session, init, components, { ...paths, place }, priorityOf);
  stack.defer(() => torrent.remove());
  torrent.addPeers(init.peers);
  torrent.addPeers(init.foundPeers, 'pex');
  await init.onAdded(torrent);
  await serve(torrent);
  await watched(
    () => init.onProgress(torrent.progress().wanted.bytesDone, torrent.progress().wanted.bytes),
    torrent.whenComplete({ signal: init.signal, noProgressMs: init.noProgressMs }),
  );
  if (init.stream === undefined) await torrent.remove();
  const placed = publishFetched(paths, metainfo, (root) => {
    place.root = root;
    place.isPublished = true;
    torrent.store()?.relocate(root);
  });
  onPlacing(placed);
  await placed;
}

/** Where a torrent's entries are. */
interface Place {
  root: string;
  /** Nothing there is to be made or moved any more. */
  isPublished: boolean;
}

function addTorrent(
  session: Session,
  { metainfo, webSeeds }: FetchContentInit,
  components: Parameters<typeof openDirectoryStore>[0],
  { place, resume }: Pick<FetchPaths, 'resume'> & { readonly place: Place },
  ofFile: (file: MetainfoEntry) => Priority,
): Torrent {
  return session.add({
    hashes: hashesOf(metainfo),
    load: () => Promise.resolve(metainfo),
    openStore: () =>
      openDirectoryStore(components, { metainfo, root: place.root, create: !place.isPublished }),
    have: 'none',
    resumePath: resume,
    priorities: { ofFile },
    webSeeds,
  });
}
