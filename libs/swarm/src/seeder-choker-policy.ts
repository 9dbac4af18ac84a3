import type { ChokerCandidate, ChokerPolicy } from './choker-policy.ts';
import { SEEDER_SLOT_HOLD } from './constants.ts';

/**
 * For a seeder: everyone in turn, those who got least first. A slot is kept for a while, so that whole pieces leave
 * early instead of a bit of each.
 */
export function createSeederChoker(): ChokerPolicy {
  return {
    choose(candidates, slots, now) {
      const isHeld = (candidate: ChokerCandidate): boolean =>
        candidate.isUnchoked && now - candidate.unchokedAt < SEEDER_SLOT_HOLD;
      return [...candidates]
        .sort((a, b) => Number(isHeld(b)) - Number(isHeld(a)) || a.uploaded - b.uploaded)
        .slice(0, slots)
        .map((candidate) => candidate.handle);
    },
  };
}
