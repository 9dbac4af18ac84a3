import type { SimulatedHost } from './host/simulated-host.ts';

/** The swarm at a moment. Shares from 0 to 1. */
export interface TimelineSample {
  /** Milliseconds. */
  readonly at: number;
  /** Share of the leechers that have everything. */
  readonly complete: number;
  /** Share of the pieces that leechers have: the one that has least, the tenth, half and nine tenths of them, the first. */
  readonly pieces: {
    readonly min: number;
    readonly p10: number;
    readonly p50: number;
    readonly p90: number;
    readonly max: number;
  };
  /** Share of the time since the last sample that uplinks were busy. */
  readonly seederBusy: number;
  readonly leecherBusy: number;
}

/** Watches hosts. */
export class Timeline {
  readonly #hosts: readonly SimulatedHost[];
  readonly #samples: TimelineSample[] = [];
  #sampledAt = 0;
  #busyBefore: readonly [seeders: number, leechers: number] = [0, 0];

  constructor(hosts: readonly SimulatedHost[]) {
    this.#hosts = hosts;
  }

  get samples(): readonly TimelineSample[] {
    return this.#samples;
  }

  sample(now: number): TimelineSample {
    const [seeders, leechers] = split(this.#hosts);
    const shares = leechers
      .map((host) => host.pieceCount / host.init.geometry.pieceCount)
      .sort((a, b) => a - b);
    const at = (share: number): number => shares[Math.floor(share * (shares.length - 1))] ?? 0;
    const busy = [totalBusy(seeders), totalBusy(leechers)] as const;
    const elapsed = now - this.#sampledAt;
    const busyShare = (before: number, after: number, count: number): number =>
      elapsed > 0 && count > 0 ? Math.min(1, (after - before) / (elapsed * count)) : 0;
    const sample: TimelineSample = {
      at: now,
      complete:
        leechers.filter((host) => host.completedAt !== undefined).length / Math.max(1, leechers.length),
      pieces: { min: at(0), p10: at(0.1), p50: at(0.5), p90: at(0.9), max: at(1) },
      seederBusy: busyShare(this.#busyBefore[0], busy[0], seeders.length),
      leecherBusy: busyShare(this.#busyBefore[1], busy[1], leechers.length),
    };
    this.#busyBefore = busy;
    this.#sampledAt = now;
    this.#samples.push(sample);
    return sample;
  }
}

function split(
  hosts: readonly SimulatedHost[],
): readonly [seeders: SimulatedHost[], leechers: SimulatedHost[]] {
  return [hosts.filter((host) => host.init.isSeeder), hosts.filter((host) => !host.init.isSeeder)];
}

function totalBusy(hosts: readonly SimulatedHost[]): number {
  return hosts.reduce((sum, host) => sum + host.uplinkBusy, 0);
}
