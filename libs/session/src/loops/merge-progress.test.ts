import { expect, it } from 'vitest';
import { type Accounts, NO_ACCOUNTS } from '../accounts/accounts.ts';
import type { TorrentProgress } from '../api/torrent.ts';
import { mergeProgress } from './merge-progress.ts';

/** Bytes that came from and went to stock clients. */
function booksOf({ downloaded, uploaded }: { downloaded: number; uploaded: number }): Accounts {
  return {
    ...NO_ACCOUNTS,
    downloaded: { ...NO_ACCOUNTS.downloaded, client: downloaded },
    uploaded: { ...NO_ACCOUNTS.uploaded, client: uploaded },
  };
}

const IDLE: TorrentProgress = {
  state: 'idle',
  piecesDone: 0,
  piecesTotal: 0,
  bytesDone: 0,
  bytesTotal: 0,
  wanted: { pieces: 0, piecesDone: 0, bytes: 0, bytesDone: 0 },
  accounts: booksOf({ downloaded: 4, uploaded: 10 }),
  downloaded: { fromSeeders: 0, fromPeers: 4, fromOrigins: 0 },
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
  wanted: { pieces: 2, piecesDone: 2, bytes: 20, bytesDone: 20 },
  accounts: booksOf({ downloaded: 0, uploaded: 5 }),
  downloaded: { fromSeeders: 0, fromPeers: 0, fromOrigins: 0 },
  uploaded: 5,
  peers: 2,
  uploadRate: 7,
};

it('adds up what loops send, and takes the size from one that knows it', () => {
  const elsewhere = booksOf({ downloaded: 0, uploaded: 110 });
  expect(mergeProgress(IDLE, [SEEDING, SEEDING], elsewhere)).toEqual({
    ...SEEDING,
    accounts: booksOf({ downloaded: 4, uploaded: 120 }),
    downloaded: IDLE.downloaded,
    uploaded: 120,
    peers: 4,
    uploadRate: 14,
  });
});

it('shows the failure of any loop', () => {
  const error = new Error('no disk');
  const merged = mergeProgress(SEEDING, [{ ...IDLE, state: 'failed', error }], NO_ACCOUNTS);
  expect(merged).toMatchObject({ state: 'failed', error });
});

it('is closed when the main loop has closed it, whatever others last said', () => {
  expect(mergeProgress({ ...IDLE, state: 'closed' }, [SEEDING], NO_ACCOUNTS).state).toBe('closed');
});
