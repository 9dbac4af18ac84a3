import { LINK_PATTERN, LOOKS_PER_PEER, SEEDER_HOLD_SHARE, SEEDER_SHARE } from '../constants.ts';
import type { Peer } from '../swarms/peer.ts';
import type { PeerList } from '../swarms/peer-list.ts';
import type { Swarm } from '../swarms/swarm.ts';
import type { HandOutPolicy } from './hand-out-policy.ts';

/**
 * Makes the swarm's graph near-regular and random: of two peers drawn, the one with fewer links is handed out. That keeps
 * the most loaded peer close to the average (Mitzenmacher, The Power of Two Choices) where the least loaded of all would
 * link each newcomer to the newest, a chain of long ways.
 * - Complete peers are told of incomplete ones only, of every zone: they may be the only ones with some piece.
 * - Incomplete peers are told of complete ones first, as far as their zone's share goes: no zone starves, no seeder is hot.
 * - The others are of the own rack, the own zone, and of other zones, see {@link LINK_PATTERN}.
 */
export function createNearRegularHandOutPolicy(random: () => number): HandOutPolicy {
  let round = 0;
  return {
    choose(swarm, requester, count) {
      const picks = new Picks(random, ++round, requester);
      if (requester.complete) {
        pickEverywhere(picks, swarm, count);
      } else {
        pickSeeders(picks, swarm, requester, count);
        pickMates(picks, swarm, requester, count);
        picks.fill(swarm.complete.all, count);
      }
      return picks.chosen;
    },
  };
}

function pickEverywhere(picks: Picks, { incomplete }: Swarm, count: number): void {
  const { all, zones } = incomplete;
  if (zones.size <= count) for (const zone of zones.values()) picks.one(zone);
  for (let slot = picks.chosen.length; slot < count; slot++) picks.one(all);
  picks.fill(all, count);
}

function pickSeeders(picks: Picks, swarm: Swarm, requester: Peer, count: number): void {
  const { complete } = swarm;
  const held = Math.ceil(swarm.seederSlotsLeft(requester.zone) * SEEDER_HOLD_SHARE);
  const slots = Math.min(held, Math.ceil(count * SEEDER_SHARE));
  const near = complete.zoneOf(requester);
  for (let slot = 0; slot < slots; slot++) {
    // Every second one may be anywhere, so that the complete peers of one zone do not serve it alone.
    if (slot % 2 === 1 || !picks.one(near)) picks.one(complete.all);
  }
}

function pickMates(picks: Picks, { incomplete }: Swarm, requester: Peer, count: number): void {
  const { all } = incomplete;
  const [rack, zone] = [incomplete.rackOf(requester), incomplete.zoneOf(requester)];
  for (let slot = picks.chosen.length; slot < count; slot++) {
    const kind = LINK_PATTERN[slot % LINK_PATTERN.length];
    const isDone =
      kind === 'far' ? picks.oneElsewhere(requester.zone, all) : kind === 'rack' ? picks.one(rack) : false;
    if (!isDone && !picks.one(zone)) picks.one(all);
  }
  picks.fill(all, count);
}

/** The peers chosen in one hand-out. */
class Picks {
  readonly chosen: Peer[] = [];
  readonly #random: () => number;
  readonly #round: number;

  /** @param round tells this hand-out from all others, so that a mark on a peer says whether it was chosen */
  constructor(random: () => number, round: number, requester: Peer) {
    this.#random = random;
    this.#round = round;
    requester.mark = round;
  }

  /** Draws for a peer of the list; false when none was found. */
  one(list: PeerList | undefined): boolean {
    return list !== undefined && this.#choose(fewerLinks(this.#draw(list), this.#draw(list)));
  }

  /** Draws for a peer of another zone; false when none was found. */
  oneElsewhere(zone: string, list: PeerList): boolean {
    return this.#choose(fewerLinks(unlessOf(zone, this.#draw(list)), unlessOf(zone, this.#draw(list))));
  }

  /** Chooses until there are `count`, without looking at all of a long list. */
  fill(list: PeerList, count: number): void {
    if (this.chosen.length >= count) return;
    for (const peer of list.walk(count * LOOKS_PER_PEER, this.#random)) {
      if (peer.mark !== this.#round) this.#choose(peer);
      if (this.chosen.length >= count) return;
    }
  }

  #draw(list: PeerList): Peer | undefined {
    const peer = list.draw(this.#random);
    return peer?.mark === this.#round ? undefined : peer;
  }

  #choose(peer: Peer | undefined): boolean {
    if (peer === undefined) return false;
    peer.mark = this.#round;
    this.chosen.push(peer);
    return true;
  }
}

function unlessOf(zone: string, peer: Peer | undefined): Peer | undefined {
  return peer?.zone === zone ? undefined : peer;
}

function fewerLinks(a: Peer | undefined, b: Peer | undefined): Peer | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return b.degree < a.degree ? b : a;
}
