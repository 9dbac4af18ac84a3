import { expect, it } from 'vitest';
import type { TorrentProgress } from '../api.ts';
import { mergeProgress } from './merge-progress.ts';

const IDLE: TorrentProgress = {
  state: 'idle',
  piecesDone: 0,
  piecesTotal: 0,
  bytesDone: 0,
  bytesTotal: 0,
  downloaded: { fromSeeders: 3, fromPeers: 4, fromOrigins: 0 },
  uploaded: 10,
  wasted: 0,
  peers: 0,
  downloadRate: 0,
  uploadRate: 0,
};

const SEEDING: TorrentProgress = {
  ...IDLE,
  state: 'seeding',
  piecesDone: 2,
  piecesTotal: 2,
  bytesDone: 20,
  bytesTotal: 20,
  downloaded: { fromSeeders: 0, fromPeers: 0, fromOrigins: 0 },
  uploaded: 5,
  peers: 2,
  uploadRate: 7,
};

it('adds up what loops send, and takes the size from one that knows it', () => {
  expect(mergeProgress(IDLE, [SEEDING, SEEDING], 100)).toEqual({
    ...SEEDING,
    downloaded: IDLE.downloaded,
    uploaded: 120,
    peers: 4,
    uploadRate: 14,
  });
});

it('shows the failure of any loop', () => {
  const error = new Error('no disk');
  const merged = mergeProgress(SEEDING, [{ ...IDLE, state: 'failed', error }], 0);
  expect(merged).toMatchObject({ state: 'failed', error });
});

it('is closed when the main loop has closed it, whatever others last said', () => {
  expect(mergeProgress({ ...IDLE, state: 'closed' }, [SEEDING], 0).state).toBe('closed');
});
