import { createCipheriv } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Torrent } from '../api/torrent.ts';
import type { SessionLimits } from '../rate/rate-limits.ts';
import { createTorrent } from '../storage/create-torrent.ts';
import { TestSessions } from '../test-sessions.ts';

const KIB = 1_024;
const MIB = 1_024 * KIB;
const PIECE = 512 * KIB;
const PIECES = 64;
/** The whole takes the seeder, and each leecher, eight seconds. */
const RATE = 4 * MIB;
const LEECHERS = 4;
const SEEKS = 4;

let sessions: TestSessions;
beforeAll(async () => (sessions = await TestSessions.create()));
afterAll(() => sessions.dispose());

it('has what it reads fetched first, though others fetch too and a seeder that sends first copies hides it', async () => {
  const source = await sessions.newDirectory();
  const content = createCipheriv('aes-128-ctr', Buffer.alloc(16, 1), Buffer.alloc(16)).update(
    Buffer.alloc(PIECES * PIECE),
  );
  await writeFile(join(source, 'a'), content);
  const { metainfo } = await createTorrent(join(source, 'a'), {
    pool: sessions.pool,
    format: 'v2',
    pieceLength: PIECE,
  });

  async function enter(root: string, have: 'all' | 'none', limits: SessionLimits) {
    const session = await sessions.start({ peerClass: have === 'all' ? 'seeder' : 'agent', limits });
    return { torrent: sessions.add(session, metainfo, root, { have }), address: session.address };
  }

  const seeder = await enter(source, 'all', { upload: RATE });
  const leechers: Awaited<ReturnType<typeof enter>>[] = [];
  for (let at = 0; at < LEECHERS; at += 1) {
    const limits = { upload: RATE, download: RATE };
    const leecher = await enter(await sessions.newDirectory(), 'none', limits);
    leecher.torrent.addPeers([seeder.address, ...leechers.map(({ address }) => address)]);
    leechers.push(leecher);
  }
  const { torrent } = leechers[0]!;
  await expect.poll(() => torrent.progress().piecesDone, { timeout: 30_000 }).toBeGreaterThan(LEECHERS);

  const [file] = Array.from(metainfo.files);
  if (file?.kind !== 'file') throw new Error('no file');
  let waited = 0;
  for (let seek = 0; seek < SEEKS; seek += 1) {
    const start = missingFrom(torrent, (23 + seek * 40) % PIECES) * PIECE;
    const before = torrent.progress().piecesDone;
    const reader = torrent.openReader(file, { start });
    const bytes = await reader.read();
    reader.close();
    expect(bytes && Buffer.compare(bytes, content.subarray(start, start + bytes.length))).toBe(0);
    waited += torrent.progress().piecesDone - before;
  }
  // Other pieces come meanwhile, some that were asked for already: 4 to 6 of the 64 (measured), in the seeder's own order 14.
  expect(waited / SEEKS).toBeLessThan(9);
});

/** The first piece from `piece` on that is not there. */
function missingFrom(torrent: Torrent, piece: number): number {
  const have = torrent.have();
  for (let at = piece; at < piece + PIECES; at += 1) if (!have.has(at % PIECES)) return at % PIECES;
  throw new Error('all of it is there');
}
