import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { ContentStore } from './ports/content-store.ts';
import { sumOf } from './accounts/accounts.ts';
import { TestSwarm } from './test-swarm.ts';

const SIZE = 6_000_000;
const PIECE_LENGTH = 256 * 1024;

let swarm: TestSwarm | undefined;
afterEach(() => swarm?.dispose());

/** A store that spoils a byte of every third span it lends, and tells. */
function spoiling(store: ContentStore, onSpoilt: () => void): ContentStore {
  let loans = 0;
  return {
    lend: async (piece, begin, length) => {
      const loan = await store.lend(piece, begin, length);
      loans += 1;
      if (loans % 3 !== 1) return loan;
      const bytes = Uint8Array.from(loan.bytes);
      bytes[0] = (bytes[0] ?? 0) ^ 0xff;
      onSpoilt();
      return { bytes, release: () => loan.release() };
    },
    arrange: (arrangement) => store.arrange(arrangement),
    verifyAndWrite: (piece, buffer) => store.verifyAndWrite(piece, buffer),
    digestBlocks: (piece, buffer) => store.digestBlocks(piece, buffer),
    verifyExisting: (piece) => store.verifyExisting(piece),
    sync: () => store.sync(),
    relocate: (to) => store.relocate(to),
    close: () => store.close(),
  };
}

it.each(['v1', 'v2', 'hybrid'] as const)(
  'a %s torrent is fetched from ten seeders of which three spoil it, and only these are banned',
  async (format) => {
    swarm = await TestSwarm.create(SIZE, { format, pieceLength: PIECE_LENGTH });
    const banned = new Set<number>();
    const agent = await swarm.start({
      // Few buffers, so that peers have to share pieces.
      bufferBudgetBytes: 3 * PIECE_LENGTH,
      onPeerBanned: ({ address }) => banned.add(address?.port ?? 0),
    });
    const addSeeder = async (wrapStore?: (store: ContentStore) => ContentStore): Promise<number> => {
      const { session } = (await swarm?.start({ complete: true, ...(wrapStore && { wrapStore }) })) ?? agent;
      agent.torrent.addPeers([session.address]);
      return session.address.port;
    };
    const spoilt = new Set<number>();
    const spoilers: number[] = [];
    for (const spoiler of [1, 2, 3]) {
      spoilers.push(await addSeeder((store) => spoiling(store, () => spoilt.add(spoiler))));
    }
    // The honest ones come when each of the others has sent something bad: alone they would finish first.
    await expect.poll(() => spoilt.size, { timeout: 20_000 }).toBe(3);
    for (let honest = 0; honest < 7; honest += 1) await addSeeder();
    await agent.torrent.whenComplete({ noProgressMs: 20_000 });
    expect([...banned].sort()).toEqual(spoilers.sort());
    const fetched = await readFile(join(agent.root, 'a'));
    expect(fetched.equals(Buffer.alloc(SIZE, 'shoal'))).toBe(true);
    const { downloaded, wasted } = agent.torrent.progress().accounts;
    expect(sumOf(downloaded) - sumOf(wasted)).toBe(SIZE);
    expect(wasted.failed).toBeGreaterThan(0);
    for (const { address } of agent.torrent.peers()) expect(banned.has(address.port)).toBe(false);
  },
);
