import type { ChokerCandidate, ChokerPolicy } from './choker-policy.ts';

/**
 * For a leecher: sends to those who have had least for what they gave, bytes sent to a peer less bytes received from it.
 * Unlike a rate, that balance does not forget: who gave early is served when it has nothing new to give, and who only
 * takes comes after everyone else, least in debt first.
 */
export function createDebtChoker(): ChokerPolicy {
  return {
    choose(candidates, slots) {
      return [...candidates]
        .sort((a, b) => debtOf(a) - debtOf(b) || Number(b.isUnchoked) - Number(a.isUnchoked))
        .slice(0, slots)
        .map((candidate) => candidate.handle);
    },
  };
}

/** Bytes that the peer owes us. */
function debtOf({ uploaded, downloaded }: ChokerCandidate): number {
  return uploaded - downloaded;
}
