import { hostRates } from './host/create-hosts.ts';
import type { ResolvedScenario } from './resolved-scenario.ts';
import { STREAM_OVERHEAD } from './network/wire-size.ts';

/**
 * Times that nothing can beat, in milliseconds, were rates payload: F/u_s (the seeders send everything once), F/d (the
 * slowest downlink takes it once), N F/(u_s + sum u) (everyone's uplinks send N copies); Kumar and Ross 2006.
 */
export interface Bounds {
  readonly seeders: number;
  readonly download: number;
  readonly aggregate: number;
  /** The largest of the three. */
  readonly fluid: number;
  /**
   * With whole pieces, as F/u (1 + log2 N / M): a host can pass on a piece only when it has it (Mundinger 2008). For
   * hosts of equal rates and one seeder; u is the leechers' mean.
   */
  readonly discrete: number;
  /** Share of the rates that headers take: multiply a bound by it for what can be reached. 1 for rates of payload. */
  readonly headerFactor: number;
}

export function computeBounds(scenario: ResolvedScenario): Bounds {
  const { seeders: seederCount, leechers, size, pieceSize } = scenario;
  const rates = hostRates(scenario);
  const sum = (values: readonly { readonly up: number }[]): number =>
    values.reduce((total, { up }) => total + up, 0);
  const seederUp = sum(rates.slice(0, seederCount));
  const leecherUp = sum(rates.slice(seederCount));
  const slowestDown = rates
    .slice(seederCount)
    .reduce((slowest, { down }) => Math.min(slowest, down), Infinity);
  const seeders = (1_000 * size) / seederUp;
  const download = (1_000 * size) / slowestDown;
  const aggregate = (1_000 * leechers * size) / (seederUp + leecherUp);
  const pieces = Math.ceil(size / pieceSize);
  return {
    seeders,
    download,
    aggregate,
    fluid: Math.max(seeders, download, aggregate),
    discrete: ((1_000 * size * leechers) / leecherUp) * (1 + Math.log2(leechers) / pieces),
    headerFactor: STREAM_OVERHEAD / scenario.wireFactor,
  };
}
