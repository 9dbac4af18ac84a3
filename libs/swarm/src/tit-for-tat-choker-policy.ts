import type { ChokerCandidate, ChokerPolicy } from './choker-policy.ts';
import { OPTIMISTIC_INTERVAL } from './constants.ts';
import type { PeerHandle } from './core-sink.ts';
import type { Random } from './random.ts';

/**
 * For a leecher: sends to those who send fastest (BEP 3), and to one of the others in turn, so that newcomers can show
 * what they have. A peer that snubs us gets the turn only.
 */
export function createTitForTatChoker(components: { readonly random: Random }): ChokerPolicy {
  const { random } = components;
  let optimistic: PeerHandle | undefined;
  let chosenAt = -Infinity;

  function chooseOptimistic(rest: readonly ChokerCandidate[], now: number): PeerHandle | undefined {
    const isStillThere = rest.some((candidate) => candidate.handle === optimistic);
    if (isStillThere && now - chosenAt < OPTIMISTIC_INTERVAL) return optimistic;
    const others = rest.filter((candidate) => candidate.handle !== optimistic);
    if (others.length > 0) optimistic = others[random.below(others.length)]?.handle;
    else if (!isStillThere) optimistic = undefined;
    chosenAt = now;
    return optimistic;
  }

  return {
    choose(candidates, slots, now) {
      const ranked = [...candidates].sort(byReciprocation);
      const regular = ranked.filter((candidate) => !candidate.isSnubbed).slice(0, Math.max(1, slots - 1));
      const chosen = regular.map((candidate) => candidate.handle);
      const rest = ranked.filter((candidate) => !chosen.includes(candidate.handle));
      if (chosen.length < slots && rest.length > 0) {
        const lucky = chooseOptimistic(rest, now);
        if (lucky !== undefined) chosen.push(lucky);
      }
      return chosen;
    },
  };
}

/** Fastest sender first; among equals those who are unchoked keep their slot. */
function byReciprocation(a: ChokerCandidate, b: ChokerCandidate): number {
  if (a.downloadRate !== b.downloadRate) return b.downloadRate - a.downloadRate;
  return Number(b.isUnchoked) - Number(a.isUnchoked);
}
