import type { ContestantProcess } from './contestant-process.ts';
import { busyShare, machineUsage } from './process-usage.ts';
import type { Swarm } from './swarm.ts';

/** A swarm in which nobody has got anything for so long will not finish, in milliseconds. */
const STALL_MS = 20_000;
const POLL_MS = 100;

/** What a transfer took, measured from the moment when the leechers were let go. */
export interface Transfer {
  /** Seconds until each leecher was complete, ascending; those that were not are left out. */
  readonly seconds: readonly number[];
  /** CPU seconds since then, until the last leecher was done. */
  readonly seederCpu: number;
  readonly leechersCpu: number;
  /** Part of the machine's cores that was busy meanwhile, whatever ran, 0 … 1. */
  readonly busy: number;
  /** Cores that were busy with something else than the clients' processes. */
  readonly otherLoad: number;
}

/** What happens during a transfer: called every {@link POLL_MS} or so with the seconds since the start. */
export type Disturbance = (seconds: number) => Promise<'more to come' | 'done'>;

const NOTHING_HAPPENS: Disturbance = () => Promise.resolve('done');

/**
 * Lets the leechers of a swarm go, and waits until all are complete, none gets on any more, or time is up.
 * @param limitMs longest time, in milliseconds
 */
export async function transfer(
  swarm: Swarm,
  limitMs: number,
  disturb: Disturbance = NOTHING_HAPPENS,
): Promise<Transfer> {
  const machine = machineUsage();
  const begin = performance.now();
  const progress = new ProgressWatch();
  swarm.seeder.mark();
  for (const leecher of swarm.leechers) leecher.go();
  for (;;) {
    const now = performance.now();
    const isOver = (await disturb((now - begin) / 1_000)) === 'done';
    const incomplete = swarm.leechers.filter((leecher) => leecher.heardAt('complete') === undefined);
    if (isOver && incomplete.length === 0) break;
    if (!swarm.leechers.some((leecher) => leecher.isRunning)) break;
    if (now - begin > limitMs || progress.isStalled(swarm.leechers, now)) break;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const seconds = swarm.leechers
    .map((leecher) => leecher.heardAt('complete'))
    .filter((at) => at !== undefined)
    .map((at) => (at - begin) / 1_000)
    .sort((a, b) => a - b);
  const after = machineUsage();
  const elapsed = (performance.now() - begin) / 1_000;
  const seederCpu = swarm.seeder.cpuSeconds();
  const leechersCpu = swarm.leechers.reduce((sum, leecher) => sum + leecher.cpuSeconds(), 0);
  const otherCpu = after.busySeconds - machine.busySeconds - seederCpu - leechersCpu;
  return {
    seconds,
    seederCpu,
    leechersCpu,
    busy: busyShare(machine, after),
    otherLoad: Math.max(0, otherCpu / elapsed),
  };
}

/** Notices that nobody has got anything for STALL_MS. */
class ProgressWatch {
  #done = -1;
  #since = 0;

  isStalled(leechers: readonly ContestantProcess[], now: number): boolean {
    const done = leechers.reduce((sum, { figures }) => sum + figures.done, 0);
    if (done !== this.#done) {
      this.#done = done;
      this.#since = now;
    }
    return now - this.#since > STALL_MS;
  }
}
