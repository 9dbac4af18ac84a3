import { startSwarm, type Swarm } from '../harness/swarm.ts';
import { type Disturbance, transfer } from '../harness/transfer.ts';
import { withCleanup } from '../harness/cleanup.ts';
import { createLan, type Lan, type WireBytes } from '../network/lan.ts';
import { ownPrivileges, requireNamespaces } from '../network/privileges.ts';
import { median } from '../report/spread.ts';
import { type Benchmark, limitedRemarks, MIB, type RunContext, type RunFigures } from './benchmark.ts';
import { boundSeconds } from './fan-out.ts';
import { requireSameBytes } from './verified.ts';

const TRACKER_AND_SEEDER = 2;
/** The seeder's place among the hosts. */
const SEEDER = 1;
/** The seeder is killed when it has sent so many times the content, headers included. */
const SEEDER_SENDS = 1.2;
/** Part of the leechers that is killed. */
const KILLED_PART = 0.3;
/** They are killed one by one between these parts of F/R, evenly spread: late enough to have something, early enough to need more. */
const FIRST_KILL = 0.2;
const LAST_KILL = 0.8;
/** A killed leecher is back after so many seconds. */
const BACK_AFTER = 2;

/** The network of the fan-out while hosts die: the seeder in one run, leechers in another. */
export const churn: Benchmark = {
  summary: 'fan-out with the seeder killed, and with 30 % of the leechers killed and restarted (root)',
  defaults: {
    clients: ['shoal/v2', 'libtorrent/v1', 'aria2/v1'],
    size: 64,
    piece: 256,
    leechers: 16,
    rate: 4,
    reps: 3,
    limit: 100,
  },
  columns: [
    { key: 'orphans', title: 'seeder killed: complete %', digits: 0 },
    { key: 'orphansLast', title: 'seeder killed: last × F/R', digits: 2, compare: true },
    { key: 'restarted', title: 'leechers killed: complete %', digits: 0 },
    { key: 'restartedLast', title: 'leechers killed: last × F/R', digits: 2, compare: true },
    { key: 'refetched', title: 'fetched again, % of F', digits: 1 },
    { key: 'busy', title: 'machine busy %', digits: 0 },
  ],
  requirements: () => requireNamespaces('churn', ownPrivileges()),
  run,
};

async function run(context: RunContext): Promise<RunFigures> {
  const orphans = await disturbed(context, 'a', (swarm, lan) => killSeeder(context, swarm, lan));
  const victims = chooseVictims(context.options.leechers);
  const restarted = await disturbed(context, 'b', (swarm) => killLeechers(context, swarm, victims));
  const busy = Math.max(orphans.busy, restarted.busy);
  return {
    values: {
      orphans: orphans.complete,
      orphansLast: orphans.last,
      restarted: restarted.complete,
      restartedLast: restarted.last,
      refetched: fetchedAgain(restarted.received, victims) * 100,
      busy: busy * 100,
    },
    remarks: limitedRemarks(busy),
  };
}

interface Disturbed {
  /** Leechers that completed, in per cent. */
  readonly complete: number;
  /** When the last one did, × F/R; undefined when one did not. */
  readonly last: number | undefined;
  /** Parts of the content that each leecher received on the wire. */
  readonly received: readonly number[];
  readonly busy: number;
}

/** Runs one fan-out during which something happens. */
function disturbed(
  { cleanup, content, entrant, options, name, shoalOptions }: RunContext,
  suffix: string,
  disturbance: (swarm: Swarm, lan: Lan) => Disturbance,
): Promise<Disturbed> {
  return withCleanup(cleanup, async (own) => {
    const run = `${name}${suffix}`;
    const lan = await createLan(own, run, TRACKER_AND_SEEDER + options.leechers, options.rate * MIB);
    const swarm = await startSwarm(own, { content, entrant, shoalOptions, hosts: lan.hosts, run });
    const before = await lan.wireBytes();
    const done = await transfer(swarm, options.limit * 1_000, disturbance(swarm, lan));
    const after = await lan.wireBytes();
    await requireSameBytes(swarm);
    const isComplete = done.seconds.length === options.leechers;
    return {
      complete: (done.seconds.length / options.leechers) * 100,
      last: isComplete ? (done.seconds.at(-1) ?? NaN) / boundSeconds(options) : undefined,
      received: receivedParts(before, after, content.bytes),
      busy: done.busy,
    };
  });
}

function receivedParts(
  before: ReadonlyMap<number, WireBytes>,
  after: ReadonlyMap<number, WireBytes>,
  bytes: number,
): number[] {
  return [...after]
    .filter(([host]) => host > SEEDER)
    .map(([host, { received }]) => (received - (before.get(host)?.received ?? 0)) / bytes);
}

/** A seeder that needs to send less than that is not killed at all. */
function killSeeder({ content }: RunContext, swarm: Swarm, lan: Lan): Disturbance {
  return async () => {
    const isOver = swarm.leechers.every((leecher) => leecher.heardAt('complete') !== undefined);
    if (isOver || !swarm.seeder.isRunning) return 'done';
    if ((await lan.sentBy(SEEDER)) < SEEDER_SENDS * content.bytes) return 'more to come';
    await swarm.seeder.kill();
    return 'done';
  };
}

function killLeechers({ options }: RunContext, swarm: Swarm, victims: readonly number[]): Disturbance {
  const span = LAST_KILL - FIRST_KILL;
  const kills = victims.map((victim, i) => ({
    victim,
    at: boundSeconds(options) * (FIRST_KILL + (span * i) / Math.max(1, victims.length - 1)),
  }));
  const returns: { victim: number; at: number }[] = [];
  return async (seconds) => {
    while (kills[0] !== undefined && kills[0].at <= seconds) {
      const { victim } = kills.shift() ?? kills[0];
      await swarm.leechers[victim]?.kill();
      returns.push({ victim, at: seconds + BACK_AFTER });
    }
    while (returns[0] !== undefined && returns[0].at <= seconds) {
      const { victim } = returns.shift() ?? returns[0];
      await swarm.restart(victim);
    }
    return kills.length + returns.length > 0 ? 'more to come' : 'done';
  };
}

/** Places of the leechers to be killed, evenly spread. */
export function chooseVictims(leechers: number): number[] {
  const count = Math.round(leechers * KILLED_PART);
  return Array.from({ length: count }, (_, i) => Math.floor((i * leechers) / count));
}

/** What a victim received more than the others, median of the victims, as a part of the content. Never below 0. */
export function fetchedAgain(received: readonly number[], victims: readonly number[]): number {
  const isVictim = new Set(victims);
  const others = received.filter((_, i) => !isVictim.has(i));
  const extra = median(received.filter((_, i) => isVictim.has(i))) - median(others);
  return Math.max(0, extra);
}
