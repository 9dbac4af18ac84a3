import { BLOCK_SIZE } from '@shoal/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PeerClass } from '../api/peer.ts';
import { LIMIT_WAKE_INTERVAL, SPAN_SIZE } from '../constants.ts';
import type { Lane } from './lane.ts';
import { RateLimitError } from './rate-limits.ts';
import { SessionLimiter, type TorrentLimiter } from './session-limiter.ts';
import { VirtualTimers } from './virtual-timers.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const SECOND = 1_000;

/** A peer that would take any amount of blocks. */
class GreedyPeer {
  readonly lane: Lane;
  readonly sent: { readonly at: number; readonly bytes: number }[] = [];
  readonly #timers: VirtualTimers;

  constructor(timers: VirtualTimers, torrent: TorrentLimiter, peerClass: PeerClass = 'agent') {
    this.#timers = timers;
    this.lane = torrent.createLane('upload', () => this.send());
    this.lane.setPath(torrent.path('upload', peerClass));
  }

  /** Whole blocks, as a torrent core hands them out, until there is nothing to send with. */
  send(): void {
    for (;;) {
      const granted = this.lane.take(BLOCK_SIZE, SPAN_SIZE);
      if (granted === 0) return;
      const bytes = Math.ceil(granted / BLOCK_SIZE) * BLOCK_SIZE;
      this.lane.giveBack(granted - bytes);
      this.sent.push({ at: this.#timers.now(), bytes });
    }
  }
}

const bytesOf = (peers: readonly GreedyPeer[]): number =>
  peers.flatMap(({ sent }) => sent).reduce((sum, { bytes }) => sum + bytes, 0);

/** Most and least bytes that the peers together sent in any second that begins when something is sent. */
function extremes(
  peers: readonly GreedyPeer[],
  until: number,
): { readonly most: number; readonly least: number } {
  const sent = peers.flatMap((peer) => peer.sent).sort((a, b) => a.at - b.at);
  const sums = sent
    .filter(({ at }) => at + SECOND <= until)
    .map(({ at: from }) =>
      sent.filter(({ at }) => at >= from && at < from + SECOND).reduce((sum, { bytes }) => sum + bytes, 0),
    );
  return { most: Math.max(...sums), least: Math.min(...sums) };
}

function start(limits: ConstructorParameters<typeof SessionLimiter>[1]) {
  const timers = new VirtualTimers();
  const limiter = new SessionLimiter({ clock: timers, schedule: timers.schedule }, limits);
  const peers = (count: number, torrent: TorrentLimiter, peerClass?: PeerClass): GreedyPeer[] =>
    Array.from({ length: count }, () => new GreedyPeer(timers, torrent, peerClass));
  return { timers, limiter, peers };
}

describe('the limits of a session', () => {
  it('are exact within 5 % over any second, for host, torrent and class together', () => {
    const rate = fc.integer({ min: 4 * MIB, max: 32 * MIB });
    fc.assert(
      fc.property(rate, rate, rate, fc.integer({ min: 1, max: 8 }), (host, torrent, clients, count) => {
        const { timers, limiter, peers } = start({ upload: host, classes: { client: { upload: clients } } });
        const limited = limiter.createTorrentLimiter({ upload: torrent });
        const other = limiter.createTorrentLimiter({});
        const all = [
          ...peers(count, limited, 'client'),
          ...peers(count, limited, 'agent'),
          ...peers(count, other, 'client'),
          ...peers(count, other, 'seeder'),
        ];
        for (const peer of all) peer.send();
        const until = 2 * SECOND;
        timers.runUntil(until);
        const hostFlow = extremes(all, until);
        expect(hostFlow.most).toBeLessThanOrEqual(1.05 * host);
        expect(hostFlow.least).toBeGreaterThanOrEqual(0.95 * host);
        expect(extremes(all.slice(0, 2 * count), until).most).toBeLessThanOrEqual(1.05 * torrent);
        const ofClients = [...all.slice(0, count), ...all.slice(2 * count, 3 * count)];
        expect(extremes(ofClients, until).most).toBeLessThanOrEqual(1.05 * clients);
      }),
      { numRuns: 15 },
    );
  });

  it('let each of many connections have the same share', () => {
    const { timers, limiter, peers } = start({ upload: 2 * MIB });
    const all = peers(20, limiter.createTorrentLimiter({}));
    for (const peer of all) peer.send();
    timers.runUntil(10 * SECOND);
    const share = bytesOf(all) / all.length;
    for (const peer of all) expect(Math.abs(bytesOf([peer]) - share)).toBeLessThanOrEqual(2 * BLOCK_SIZE);
  });

  it('serve all that wait whenever there is enough for all', () => {
    const { timers, limiter, peers } = start({ upload: 200 * MIB });
    const all = peers(20, limiter.createTorrentLimiter({}));
    for (const peer of all) peer.send();
    timers.runUntil(LIMIT_WAKE_INTERVAL);
    for (const peer of all) expect(bytesOf([peer])).toBeGreaterThan(0);
  });

  it('let nobody overtake those that wait', () => {
    const { timers, limiter, peers } = start({ upload: 2 * MIB });
    const torrent = limiter.createTorrentLimiter({});
    const [waiting] = peers(1, torrent);
    waiting?.send();
    // The limit is open again, and its timer late, when somebody else asks.
    timers.runUntil(LIMIT_WAKE_INTERVAL - 1);
    const late = torrent.createLane('upload', () => undefined);
    expect(late.take(BLOCK_SIZE, SPAN_SIZE)).toBe(0);
    timers.runUntil(LIMIT_WAKE_INTERVAL);
    expect(waiting?.sent).toHaveLength(1);
  });

  it('let a slow torrent have its rate beside a greedy one', () => {
    const { timers, limiter, peers } = start({ upload: 4 * MIB });
    const greedy = peers(30, limiter.createTorrentLimiter({}));
    const slow = peers(1, limiter.createTorrentLimiter({ upload: 64 * KIB }));
    for (const peer of [...greedy, ...slow]) peer.send();
    timers.runUntil(10 * SECOND);
    expect(bytesOf(slow)).toBeGreaterThanOrEqual(0.95 * 640 * KIB);
    expect(bytesOf([...greedy, ...slow])).toBeGreaterThanOrEqual(0.95 * 40 * MIB);
  });

  it('do not let a held up torrent hold up another', () => {
    const { timers, limiter, peers } = start({});
    const slow = peers(3, limiter.createTorrentLimiter({ upload: 16 * KIB }));
    const fast = peers(3, limiter.createTorrentLimiter({ upload: 100 * MIB }));
    for (const peer of [...slow, ...fast]) peer.send();
    timers.runUntil(4 * SECOND);
    expect(bytesOf(fast)).toBeGreaterThanOrEqual(0.95 * 400 * MIB);
    expect(bytesOf(slow)).toBeLessThanOrEqual(1.04 * 64 * KIB + BLOCK_SIZE);
  });

  it('need no timer while nobody waits, and one otherwise', () => {
    const { timers, limiter, peers } = start({ upload: 100 * MIB });
    const all = peers(50, limiter.createTorrentLimiter({}));
    expect(timers.pending).toBe(0);
    for (const peer of all) peer.send();
    expect(timers.pending).toBe(1);
    timers.runUntil(SECOND);
    expect(timers.pending).toBe(1);
    expect(timers.fired).toBeLessThanOrEqual(SECOND / LIMIT_WAKE_INTERVAL);
    for (const { lane } of all) lane.close();
    timers.runUntil(2 * SECOND);
    expect(timers.pending).toBe(0);
  });

  it('can be set, changed and lifted while connections wait', () => {
    const { timers, limiter } = start({ upload: MIB });
    const torrent = limiter.createTorrentLimiter({});
    let isReady = false;
    const lane = torrent.createLane('upload', () => {
      isReady = true;
    });
    expect(lane.take(BLOCK_SIZE, SPAN_SIZE)).toBe(0);
    limiter.set({});
    expect(isReady).toBe(true);
    expect(lane.take(BLOCK_SIZE, SPAN_SIZE)).toBe(SPAN_SIZE);
    torrent.set({ upload: MIB });
    expect(lane.take(BLOCK_SIZE, SPAN_SIZE)).toBe(0);
    isReady = false;
    timers.runUntil(50);
    expect(isReady).toBe(true);
    expect(lane.take(BLOCK_SIZE, SPAN_SIZE)).toBe(Math.floor(0.04 * MIB));
  });

  it.each([0, -1, 16 * KIB - 1, Number.NaN, Infinity])('cannot be %d bytes per second', (upload) => {
    const { limiter } = start({});
    expect(() => limiter.set({ upload })).toThrow(RateLimitError);
    expect(() => limiter.set({ classes: { client: { download: upload } } })).toThrow(RateLimitError);
    expect(() => limiter.createTorrentLimiter({ upload })).toThrow(RateLimitError);
  });
});
