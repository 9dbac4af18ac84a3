import { LONG_LINK_SHARE, SEEDER_SHARE } from '../constants.ts';
import type { Peer } from '../swarms/peer.ts';
import type { Swarm } from '../swarms/swarm.ts';
import type { HandOutPolicy } from './hand-out-policy.ts';

/**
 * Makes the swarm's graph near-regular: those with the fewest links first, at random among equals.
 * - Complete peers are told of incomplete ones only.
 * - A part of what an incomplete peer gets are complete peers, whatever their zone: no zone starves.
 * - Most others are of its own zone; a part of the links is kept for other zones.
 */
export function createNearRegularHandOutPolicy(random: () => number): HandOutPolicy {
  return {
    choose(swarm, requester, count) {
      const other = (peer: Peer): boolean => peer !== requester;
      if (requester.complete) return chooseIncomplete(swarm, requester, count, random);
      const mates = chooseIncomplete(swarm, requester, count, random);
      const seederSlots = Math.max(Math.ceil(count * SEEDER_SHARE), count - mates.length);
      const seeders = swarm.complete.take(seederSlots, random, other);
      return [...seeders, ...mates.slice(0, count - seeders.length)];
    },
  };
}

function chooseIncomplete(swarm: Swarm, requester: Peer, count: number, random: () => number): Peer[] {
  const { incomplete } = swarm;
  const near = incomplete.of(requester.zone)?.take(count, random, (peer) => peer !== requester) ?? [];
  const elsewhere = incomplete.zones.length - (incomplete.of(requester.zone) === undefined ? 0 : 1);
  const farSlots = elsewhere === 0 ? 0 : Math.max(Math.ceil(count * LONG_LINK_SHARE), count - near.length);
  const far = chooseFar(swarm, requester.zone, farSlots, random);
  return interleave(near.slice(0, count - far.length), far);
}

/** Peers of other zones, one after the other, each from the zone with more need among two at random. */
function chooseFar(swarm: Swarm, own: string, count: number, random: () => number): Peer[] {
  const { incomplete } = swarm;
  const chosen = new Set<Peer>();
  // Few zones run out of peers, or the draw hits the own zone: twice the tries are enough for nearly all slots.
  for (let tries = 2 * count; tries > 0 && chosen.size < count; tries--) {
    const [a, b] = [drawZone(incomplete.zones, random), drawZone(incomplete.zones, random)];
    const zone = b !== own && (a === own || incomplete.lowestDegree(b) < incomplete.lowestDegree(a)) ? b : a;
    if (zone === own) continue;
    const [peer] = incomplete.of(zone)?.take(1, random, (candidate) => !chosen.has(candidate)) ?? [];
    if (peer !== undefined) chosen.add(peer);
  }
  return [...chosen];
}

function drawZone(zones: readonly string[], random: () => number): string {
  return zones[Math.floor(random() * zones.length)] ?? '';
}

/** Spreads `few` evenly over `many`, so that who uses only the first part of a list gets both. */
function interleave(many: readonly Peer[], few: readonly Peer[]): Peer[] {
  const total = many.length + few.length;
  const merged: Peer[] = [];
  let fromFew = 0;
  for (let index = 0; index < total; index++) {
    const due = Math.floor(((index + 1) * few.length) / total);
    const next = fromFew < due ? few[fromFew++] : many[index - fromFew];
    if (next !== undefined) merged.push(next);
  }
  return merged;
}
