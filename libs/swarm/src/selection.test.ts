import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_PRIORITY, END_GAME_AGE } from './constants.ts';
import type { PickerPolicy } from './picker-policy.ts';
import { createSeededRandom } from './random.ts';
import { createRandomPicker } from './random-picker-policy.ts';
import { createRarestFirstPicker } from './rarest-first-picker-policy.ts';
import { SelectionModel } from './selection-model.ts';
import { createSequentialPicker } from './sequential-picker-policy.ts';

const PIECES = 6;
const BLOCKS = 2;

const PICKERS: readonly [string, () => PickerPolicy][] = [
  ['rarest first', () => createRarestFirstPicker({ random: createSeededRandom(2) })],
  ['random', () => createRandomPicker({ random: createSeededRandom(2) })],
  ['sequential', createSequentialPicker],
];

const ACTIONS = [
  'have',
  'have',
  'unchoke',
  'unchoke',
  'choke',
  'block',
  'block',
  'block',
  'verified',
  'verified',
  'rejected',
  'failed',
  'leave',
  'later',
  'priorities',
  'deadlines',
] as const;
type Action = (typeof ACTIONS)[number];

const STEPS = fc.array(fc.tuple(fc.constantFrom(...ACTIONS), fc.nat(999), fc.nat(999)), {
  maxLength: 120,
  size: 'max',
});

function createModel(picker: PickerPolicy): SelectionModel {
  return new SelectionModel({ pieces: PIECES, blocksPerPiece: BLOCKS, picker });
}

function act(model: SelectionModel, action: Action, a: number, b: number): void {
  const peer = model.peers[a % Math.max(1, model.peers.length)] ?? model.addPeer();
  switch (action) {
    case 'have':
      model.addPiece(model.peers.length < 4 ? model.addPeer() : peer, b % PIECES);
      break;
    case 'unchoke':
    case 'choke':
      model.setChoking(peer, action === 'choke');
      break;
    case 'block':
      model.deliver(peer, b);
      break;
    case 'leave':
      model.removePeer(peer);
      break;
    case 'later':
      model.now += 1 + (b % (2 * END_GAME_AGE));
      model.core.setPaused(false);
      break;
    case 'priorities':
      model.setPriorities(prioritiesFrom(a * 1_000 + b));
      break;
    case 'deadlines':
      model.setDeadlines(
        new Map([
          [a % PIECES, b],
          [b % PIECES, a],
        ]),
      );
      break;
    case 'verified':
    case 'rejected':
    case 'failed':
      model.settle(action);
      break;
  }
  model.removeClosing();
}

/** About a third not wanted, the others with any priority. */
function prioritiesFrom(seed: number): Uint8Array {
  const random = createSeededRandom(seed);
  return Uint8Array.from({ length: PIECES }, () => (random.below(3) === 0 ? 0 : 1 + random.below(7)));
}

describe.each(PICKERS)('selection, %s', (_, createPicker) => {
  it('asks for what is wanted, missing and had by the peer, whatever happens', () => {
    fc.assert(
      fc.property(STEPS, (steps) => {
        const model = createModel(createPicker());
        for (const [action, a, b] of steps) {
          act(model, action, a, b);
          for (const peer of model.peers) {
            expect(peer.isInteresting).toBe([...peer.have].some((piece) => model.isNeeded(piece)));
          }
        }
        expect(model.violations).toEqual([]);
      }),
      { seed: 3, numRuns: 400 },
    );
  });

  it('overlooks nothing that a peer could send', () => {
    fc.assert(
      fc.property(STEPS, (steps) => {
        const model = createModel(createPicker());
        for (const [action, a, b] of steps) {
          // Peers on parole leave out what others can settle.
          if (action === 'rejected') continue;
          act(model, action, a, b);
          model.core.setPaused(false);
          for (const peer of model.peers) expect(model.overlooked(peer)).toEqual([]);
        }
      }),
      { seed: 4, numRuns: 400 },
    );
  });

  it('has everything that is wanted in the end, and says so', () => {
    fc.assert(
      fc.property(STEPS, fc.nat(), (steps, seed) => {
        const model = createModel(createPicker());
        for (const [action, a, b] of steps) if (action !== 'rejected') act(model, action, a, b);
        const source = model.addPeer();
        for (let piece = 0; piece < PIECES; piece += 1) model.addPiece(source, piece);
        for (const peer of model.peers.slice(0, -1)) model.removePeer(peer);
        model.setChoking(source, false);
        model.setPriorities(prioritiesFrom(seed));
        while (source.owes.size > 0 || model.verifying.length > 0) {
          model.deliver(source);
          model.settle('verified');
        }
        expect(model.core.isSatisfied).toBe(true);
        for (let piece = 0; piece < PIECES; piece += 1) expect(model.isNeeded(piece)).toBe(false);
      }),
      { seed: 5, numRuns: 300 },
    );
  });
});

describe('pieces that are begun', () => {
  it.each([
    ['begins another piece while few are unfinished', 2, '5:0'],
    ['finishes one with others when too many are', 3, '4:1'],
  ])('%s', (_, left, expected) => {
    const model = createModel(createSequentialPicker());
    const connect = (pieces: readonly number[]) => {
      const peer = model.addPeer();
      model.core.setRequestLimit(peer.handle, 1);
      for (const piece of pieces) model.addPiece(peer, piece);
      model.setChoking(peer, false);
      return peer;
    };
    // Pieces that were left by who had them.
    for (let piece = 0; piece < left; piece += 1) {
      const leaver = connect([piece]);
      model.deliver(leaver);
      model.removePeer(leaver);
    }
    expect([...connect([4, 5]).owes]).toEqual(['4:0']);
    expect([...connect([4, 5]).owes]).toEqual([expected]);
  });
});

describe('priorities', () => {
  /** One peer that has everything, and a core that asks it for `window` blocks at a time. */
  function start(priorities: readonly number[], window = 1) {
    const model = createModel(createSequentialPicker());
    model.setPriorities(Uint8Array.from(priorities));
    const peer = model.addPeer();
    model.core.setRequestLimit(peer.handle, window);
    for (let piece = 0; piece < PIECES; piece += 1) model.addPiece(peer, piece);
    model.setChoking(peer, false);
    const order: number[] = [];
    const run = (blocks = Infinity): void => {
      for (let count = 0; peer.owes.size > 0 && count < blocks; count += 1) {
        const [owed = ''] = peer.owes;
        order.push(Number(owed.split(':')[0]));
        model.deliver(peer);
        model.settle('verified');
      }
    };
    return { model, peer, order, run };
  }

  it('fetches pieces of a higher priority first, and those of none not at all', () => {
    const { model, order, run } = start([1, 4, 0, 7, 7, 4]);
    run();
    expect(order).toEqual([3, 3, 4, 4, 1, 1, 5, 5, 0, 0]);
    expect(model.completions).toBe(1);
    expect(model.have.has(2)).toBe(false);
  });

  it('can be changed at any time: what is not wanted any more is dropped at once, and may come back', () => {
    const { model, peer, order, run } = start([4, 4, 4, 4, 4, 4]);
    run(1);
    model.setPriorities(Uint8Array.from([0, 0, 0, 0, 0, 4]));
    expect([...peer.owes]).toEqual(['5:0']);
    expect(model.core.waste.bytes.unwanted).toBe(16_384);
    expect(model.core.waste.total).toBe(16_384);
    run();
    expect(order).toEqual([0, 5, 5]);
    expect(model.completions).toBe(1);
    model.core.setPriorities(undefined);
    model.priorities.fill(DEFAULT_PRIORITY);
    expect(model.core.isSatisfied).toBe(false);
    run();
    expect(order.slice(3)).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4]);
    expect(model.completions).toBe(2);
  });

  it('says that it is done when what is still wanted is there already', () => {
    const { model, run } = start([4, 4, 4, 4, 4, 4]);
    run(2 * BLOCKS);
    model.setPriorities(Uint8Array.from([4, 4, 0, 0, 0, 0]));
    expect(model.completions).toBe(1);
  });

  it('asks two peers at most for a block in end game, and takes the other request back', () => {
    const { model, peer } = start([0, 0, 0, 0, 0, 4], BLOCKS);
    const others = [1, 2, 3].map(() => {
      const other = model.addPeer();
      model.addPiece(other, 5);
      model.addPiece(other, 0);
      model.setChoking(other, false);
      return other;
    });
    expect(others.map(({ owes }) => owes.size)).toEqual([0, 0, 0]);
    model.now += END_GAME_AGE + 1;
    model.core.setPaused(false);
    model.now += END_GAME_AGE + 1;
    model.core.setPaused(false);
    expect([...peer.owes]).toEqual(['5:0', '5:1']);
    expect(others.map(({ owes }) => [...owes])).toEqual([['5:0'], ['5:1'], []]);
    model.deliver(others[0]);
    expect([...peer.owes]).toEqual(['5:1']);
    model.deliver(peer);
    expect(others.map(({ owes }) => owes.size)).toEqual([0, 0, 0]);
    expect(model.violations).toEqual([]);
  });

  it.each([
    ['too few', [4]],
    ['one that is too high', [4, 4, 4, 4, 4, 8]],
  ])('refuses %s', (_, priorities) => {
    const model = createModel(createSequentialPicker());
    expect(() => model.core.setPriorities(Uint8Array.from(priorities))).toThrow(RangeError);
  });
});

describe('deadlines', () => {
  const SECOND = 1_000;

  function start(peerCount: number) {
    const model = new SelectionModel({
      pieces: 40,
      blocksPerPiece: BLOCKS,
      picker: createSequentialPicker(),
    });
    const peers = Array.from({ length: peerCount }, () => {
      const peer = model.addPeer();
      model.core.setRequestLimit(peer.handle, 2);
      for (let piece = 0; piece < 40; piece += 1) model.addPiece(peer, piece);
      return peer;
    });
    for (const peer of peers) model.setChoking(peer, false);
    return { model, peers };
  }

  /** Two peers, of which the second has sent a block a second and the first ten. */
  function startWithRates() {
    const { model, peers } = start(2);
    const [fast, slow] = peers;
    for (let second = 0; second < 3; second += 1) {
      for (let count = 0; count < 10; count += 1) {
        model.deliver(fast);
        model.settle('verified');
      }
      model.deliver(slow);
      model.settle('verified');
      model.now += SECOND;
      model.core.tick();
    }
    return { model, fast: fast!, slow: slow! };
  }

  function pieceOf(owed: string | undefined): number {
    return Number(owed?.split(':')[0]);
  }

  it('fetches pieces with a deadline before all others, the earliest first', () => {
    const { model, peers } = start(1);
    const order: number[] = [];
    model.core.setDeadlines(
      new Map([
        [20, 200],
        [30, 100],
        [3, 300],
      ]),
    );
    for (let count = 0; count < 12; count += 1) {
      order.push(pieceOf([...peers[0]!.owes][0]));
      model.deliver(peers[0]);
      model.settle('verified');
    }
    // Two blocks were asked for before there were deadlines.
    expect(order).toEqual([0, 0, 30, 30, 20, 20, 3, 3, 1, 1, 2, 2]);
  });

  it('asks the faster peer when the deadline is near, and whoever comes first when it is not', () => {
    for (const [deadline, expected] of [
      [SECOND, false],
      [60 * SECOND, true],
    ] as const) {
      const { model, slow } = startWithRates();
      model.core.setDeadlines(new Map([[35, deadline]]));
      model.deliver(slow);
      expect([...slow.owes].some((owed) => pieceOf(owed) === 35)).toBe(expected);
    }
  });

  it('asks a second peer for a block whose deadline has passed, before anything else', () => {
    const { model, peers } = start(2);
    const [late, other] = peers;
    model.core.setDeadlines(new Map([[30, 100]]));
    for (let count = 0; count < 2; count += 1) model.deliver(late);
    expect([...late!.owes].map(pieceOf)).toEqual([30, 30]);
    model.now += 100 + END_GAME_AGE;
    model.deliver(other);
    expect([...other!.owes].at(-1)).toBe('30:0');
    model.deliver(other, 1);
    expect([...late!.owes]).toEqual(['30:1']);
  });

  it('lets a slow peer help that has nothing else to do', () => {
    const { model, slow } = startWithRates();
    model.core.setDeadlines(new Map([36, 37, 38, 39].map((piece) => [piece, 1])));
    model.setPriorities(Uint8Array.from({ length: 40 }, (_, piece) => (piece < 36 ? 0 : 4)));
    expect([...slow.owes].map(pieceOf)).toEqual([39]);
  });

  it.each([
    ['a piece that does not exist', 40, 1],
    ['a deadline that is not a number', 1, Number.NaN],
  ])('refuses %s', (_, piece, deadline) => {
    expect(() => start(0).model.core.setDeadlines(new Map([[piece, deadline]]))).toThrow(RangeError);
  });
});
