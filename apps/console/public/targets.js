/** @import { TargetJson } from '@shoal/contracts' */

/** States of a target as the API says them, in the order in which a bar shows them. */
export const STATES = ['active', 'fetched', 'fetching', 'waiting', 'failed', 'superseded'];

/** What needs a look comes first in a table. */
const ORDER = ['failed', 'fetching', 'fetched', 'waiting', 'superseded', 'active'];

/**
 * The targets of a rollout as they are now, whatever order their changes come in.
 * @typedef {object} TargetSet
 * @property {number} size
 * @property {(changed: readonly TargetJson[]) => void} take
 * @property {(state: string) => number} count
 * @property {(state: string) => TargetJson[]} inState all for '', those that need a look first
 * @property {() => { bytesDone: number, rate: number, fromSeeders: number, fromPeers: number, fromOrigins: number, reused: number, wasted: number }} sums
 */

/** @returns {TargetSet} */
export function createTargetSet() {
  /** @type {Map<string, TargetJson>} */
  const targets = new Map();
  return {
    get size() {
      return targets.size;
    },
    take(changed) {
      for (const target of changed) targets.set(target.host, target);
    },
    count(state) {
      let count = 0;
      for (const target of targets.values()) if (target.state === state) count += 1;
      return count;
    },
    inState(state) {
      const found = [...targets.values()].filter((target) => state === '' || target.state === state);
      return found.sort(compare);
    },
    sums() {
      const sums = {
        bytesDone: 0,
        rate: 0,
        fromSeeders: 0,
        fromPeers: 0,
        fromOrigins: 0,
        reused: 0,
        wasted: 0,
      };
      for (const { transfer, state } of targets.values()) {
        if (transfer === null) continue;
        sums.bytesDone += transfer.bytesDone;
        sums.rate += state === 'fetching' ? transfer.bytesPerSecond : 0;
        sums.fromSeeders += transfer.bytesFromSeeders;
        sums.fromPeers += transfer.bytesFromPeers;
        sums.fromOrigins += transfer.bytesFromOrigins;
        sums.reused += transfer.bytesReused;
        sums.wasted += transfer.bytesWasted;
      }
      return sums;
    },
  };
}

const collator = new Intl.Collator('en', { numeric: true });

/**
 * @param {TargetJson} a
 * @param {TargetJson} b
 */
function compare(a, b) {
  return ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || collator.compare(a.host, b.host);
}
