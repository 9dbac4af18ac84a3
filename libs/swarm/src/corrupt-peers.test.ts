import { BLOCK_SIZE } from '@shoal/protocol';
import { describe, expect, it } from 'vitest';
import { type TestPeer, TestSwarm } from './test-swarm.ts';

const SEEDS = Array.from({ length: 6 }, (_, index) => index + 1);
const MINUTE = 60_000;
const BLOCKS_PER_PIECE = 64;

/** Ten peers that share few pieces, of which three send bad blocks now and then. */
function swarm(isV2: boolean, seed: number): { swarm: TestSwarm; corrupt: TestPeer[]; honest: TestPeer[] } {
  const swarm = new TestSwarm({ pieces: 60, blocksPerPiece: BLOCKS_PER_PIECE, buffers: 6, isV2, seed });
  for (let index = 0; index < 10; index += 1) swarm.addPeer([1, 4, 7].includes(index) ? 30 : 0, 16);
  return {
    swarm,
    corrupt: swarm.peers.filter(({ badPercent }) => badPercent > 0),
    honest: swarm.peers.filter(({ badPercent }) => badPercent === 0),
  };
}

describe.each([
  ['v1', false],
  ['v2', true],
])('ten peers of a %s torrent, three of which send bad blocks', (_, isV2) => {
  it.each(SEEDS)('complete, with exactly those three banned (seed %i)', (seed) => {
    const { swarm: run, corrupt, honest } = swarm(isV2, seed);
    run.run(MINUTE);
    expect(run.isCompleted).toBe(true);
    expect(corrupt.map(({ isBanned }) => isBanned)).toEqual([true, true, true]);
    expect(honest.filter(({ isBanned }) => isBanned)).toEqual([]);
  });

  it.each(SEEDS)('take no more from each than it owed when its first bad piece failed (seed %i)', (seed) => {
    const { swarm: run, corrupt } = swarm(isV2, seed);
    run.run(MINUTE);
    // Where all peers had a part in the piece and no leaves tell, each may send one of its own to clear itself.
    const onParole = isV2 ? 0 : BLOCKS_PER_PIECE;
    for (const peer of corrupt) {
      expect(peer.outstandingThen).toBeDefined();
      expect(peer.badTakenAfter).toBeLessThanOrEqual((peer.outstandingThen ?? 0) + onParole);
    }
  });
});

it.each(SEEDS)('with Merkle leaves, only bad blocks are fetched again (seed %i)', (seed) => {
  const { swarm: run, corrupt } = swarm(true, seed);
  run.run(MINUTE);
  const bad = corrupt.reduce((sum, peer) => sum + peer.badTaken, 0);
  expect(bad).toBeGreaterThan(0);
  expect(run.core.waste.bytes.failed).toBe(bad * BLOCK_SIZE);
  expect(run.core.waste.total).toBe(bad * BLOCK_SIZE);
});

it('a peer that left before the good copy came is banned all the same', () => {
  const swarm = new TestSwarm({ pieces: 1, blocksPerPiece: 128, buffers: 1, isV2: false, seed: 1 });
  const [bad, good] = [swarm.addPeer(100), swarm.addPeer(0)];
  while (bad.outstandingThen === undefined) swarm.run(swarm.now + 5);
  swarm.closePeer(bad.handle);
  swarm.run(MINUTE);
  expect(swarm.isCompleted).toBe(true);
  expect([bad.isBanned, good.isBanned]).toEqual([true, false]);
});

it('when everybody is suspected, pieces of their own clear the honest and give away the others', () => {
  const swarm = new TestSwarm({ pieces: 4, blocksPerPiece: 128, buffers: 1, isV2: false, seed: 3 });
  const [bad, good] = [swarm.addPeer(50), swarm.addPeer(0)];
  swarm.run(MINUTE);
  expect(swarm.isCompleted).toBe(true);
  expect([bad.isBanned, good.isBanned]).toEqual([true, false]);
});
