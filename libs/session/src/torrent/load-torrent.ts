import { createPieceLayout, type Metainfo, type PieceLayout } from '@shoal/protocol';
import type { AddTorrent } from '../api/add-torrent.ts';
import type { TorrentHashes } from '../api/torrent-hashes.ts';
import { TorrentError } from '../errors.ts';
import type { ContentStore } from '../ports/content-store.ts';
import type { ResumeFile } from '../resume.ts';
import { findInitialState, type InitialState } from './initial-state.ts';
import type { LearnedLayers } from './learned-layers.ts';
import type { TorrentSelection } from './torrent-selection.ts';

/** What a torrent needs to become active. */
export interface LoadedTorrent extends InitialState {
  readonly metainfo: Metainfo;
  readonly layout: PieceLayout;
  readonly store: ContentStore;
}

/**
 * Loads the metainfo, opens the store and finds out which pieces are there.
 * @param known pieces known to be verified
 * @param onMetainfo called when the metainfo is there and the store is to be opened; may throw to end it there
 * @throws the errors of `load` and `openStore`; StoreError; TorrentError SHOAL_TORRENT_MISMATCH
 */
export async function loadTorrent(
  options: AddTorrent,
  known: AddTorrent['have'],
  resumeFile: ResumeFile | undefined,
  { selection, layers }: { readonly selection: TorrentSelection; readonly layers: LearnedLayers },
  onMetainfo: () => void,
): Promise<LoadedTorrent> {
  const metainfo = layers.addTo(await options.load());
  onMetainfo();
  checkHash('v1', options.hashes, metainfo.infoHashV1);
  checkHash('v2', options.hashes, metainfo.infoHashV2);
  const layout = createPieceLayout(metainfo);
  const store = await options.openStore();
  try {
    await store.arrange(selection.arrangement(known === 'all'));
    const state = await findInitialState(known, layout.pieceCount, store, resumeFile);
    return { metainfo, layout, store, ...state };
  } catch (error) {
    await store.close();
    throw error;
  }
}

function checkHash(version: 'v1' | 'v2', hashes: TorrentHashes, actual: Uint8Array | undefined): void {
  const expected = hashes[version];
  if (expected === undefined || (actual !== undefined && Buffer.compare(expected, actual) === 0)) return;
  const name = Buffer.from(expected).toString('hex');
  const remedy = 'Give each torrent the metainfo that belongs to its info-hash.';
  throw new TorrentError(
    'SHOAL_TORRENT_MISMATCH',
    name,
    `the metainfo is not that of ${version} hash ${name}`,
    remedy,
  );
}
