import { describe, expect, it } from 'vitest';
import { SEEDER_SLOTS } from '../constants.ts';
import { Swarm } from '../swarms/swarm.ts';
import type { Peer } from '../swarms/peer.ts';
import { seededRandom, testPeer } from '../test-peers.ts';
import { createNearRegularHandOutPolicy } from './near-regular-hand-out-policy.ts';

const random = seededRandom(7);
const policy = createNearRegularHandOutPolicy(random);

/** A swarm of `hosts` in `zones` zones that joined one after the other, and who was handed to whom. */
function grow(
  hosts: number,
  zones: number,
  count: number,
  seeders = 1,
  rackOf: (port: number) => string = () => '',
) {
  const swarm = new Swarm('test');
  const links = new Map<Peer, Set<Peer>>();
  for (let port = 1; port <= hosts + seeders; port++) {
    const complete = port <= seeders;
    const peer = testPeer(port, { zone: `z${port % zones}`, rack: rackOf(port), complete });
    swarm.add(peer);
    links.set(peer, new Set());
    for (const other of swarm.handOut(policy, peer, complete ? 0 : count)) {
      links.get(peer)?.add(other);
      links.get(other)?.add(peer);
    }
  }
  return { swarm, links };
}

function reachable(links: ReadonlyMap<Peer, ReadonlySet<Peer>>, from: Peer): number {
  const seen = new Set([from]);
  for (const peer of seen) for (const next of links.get(peer) ?? []) seen.add(next);
  return seen.size;
}

describe('the near-regular hand-out', () => {
  it('gives nobody itself, nobody twice, and no more than asked for', () => {
    const { swarm } = grow(200, 4, 20);
    for (let port = 1_000; port < 1_050; port++) {
      const requester = testPeer(port, { zone: `z${port % 5}` });
      swarm.add(requester);
      const chosen = swarm.handOut(policy, requester, 20);
      expect(chosen).toHaveLength(20);
      expect(new Set(chosen).size).toBe(20);
      expect(chosen).not.toContain(requester);
    }
  });

  it('links incomplete peers nearly equally', () => {
    const { links } = grow(1_000, 1, 20, 0);
    const degrees = Array.from(links.values(), (peers) => peers.size).sort((a, b) => a - b);
    expect(degrees[Math.floor(degrees.length * 0.01)]).toBeGreaterThanOrEqual(20);
    expect(degrees.at(-1)).toBeLessThanOrEqual(60);
  });

  it('makes one connected swarm, also across zones', () => {
    for (const zones of [1, 3, 40]) {
      const { links } = grow(600, zones, 10);
      const [someone] = links.keys();
      expect(someone && reachable(links, someone)).toBe(links.size);
    }
  });

  it('prefers the own zone, and keeps links to others', () => {
    const { links } = grow(1_000, 4, 20);
    let [own, all] = [0, 0];
    for (const [peer, others] of links)
      for (const other of others) {
        if (peer.complete || other.complete) continue;
        all++;
        if (other.zone === peer.zone) own++;
      }
    expect(own / all).toBeGreaterThan(0.6);
    expect(own / all).toBeLessThan(0.85);
  });

  it('does not send everybody to a zone of one host', () => {
    const { swarm } = grow(400, 1, 20);
    const lonely = testPeer(5_000, { zone: 'lonely' });
    swarm.add(lonely);
    for (let port = 6_000; port < 6_200; port++) {
      const peer = testPeer(port, { zone: 'z0' });
      swarm.add(peer);
      swarm.handOut(policy, peer, 20);
    }
    expect(lonely.degree).toBeLessThan(220);
  });

  it('shares the places of complete peers between the zones, and leaves some for those that come late', () => {
    const { links } = grow(600, 3, 20, 6);
    const byZone = new Map<string, number>();
    for (const [peer, others] of links)
      for (const other of others)
        if (!peer.complete && other.complete) byZone.set(peer.zone, (byZone.get(peer.zone) ?? 0) + 1);
    for (const count of byZone.values()) {
      expect(count).toBeGreaterThanOrEqual((6 * SEEDER_SLOTS) / 3);
      expect(count).toBeLessThanOrEqual((6 * SEEDER_SLOTS) / 2);
    }
    expect(byZone.size).toBe(3);
  });

  it('gives what a zone had of complete peers to others when they are complete, leave, or ask again', () => {
    const { swarm, links } = grow(600, 1, 20, 1);
    const linked = [...links.keys()].filter((peer) => peer.seederLinks > 0);
    expect(linked).toHaveLength(SEEDER_SLOTS);
    const [done, gone, asking] = linked;
    if (!done || !gone || !asking) throw new Error('fifty are linked');
    expect(swarm.seederSlotsLeft('z0')).toBe(0);
    swarm.remove(gone);
    expect(swarm.seederSlotsLeft('z0')).toBe(1);
    expect(swarm.handOut(policy, asking, 20).filter(({ complete }) => complete)).toHaveLength(1);
    expect(swarm.seederSlotsLeft('z0')).toBe(1);
    swarm.setComplete(done, true);
    expect(swarm.seederSlotsLeft('z0')).toBe(2 + SEEDER_SLOTS);
  });

  it('prefers the own rack, and is not fooled by racks of other zones with its name', () => {
    const { swarm } = grow(1_000, 4, 20, 0, (port) => `rack ${port % 50}`);
    const requester = testPeer(5_000, { zone: 'z1', rack: 'rack 1' });
    swarm.add(requester);
    const chosen = swarm.handOut(policy, requester, 40);
    const mates = chosen.filter(({ zone, rack }) => zone === 'z1' && rack === 'rack 1');
    expect(mates.length).toBeGreaterThanOrEqual(6);
    const namesakes = chosen.filter(({ zone, rack }) => zone !== 'z1' && rack === 'rack 1');
    expect(namesakes.length).toBeLessThanOrEqual(3);
  });

  it('tells a complete peer of some of every zone', () => {
    const { swarm } = grow(2_000, 20, 10, 0);
    const seeder = testPeer(9_000, { complete: true });
    swarm.add(seeder);
    expect(new Set(swarm.handOut(policy, seeder, 30).map(({ zone }) => zone)).size).toBe(20);
  });

  it('never tells a complete peer of another', () => {
    const { swarm } = grow(3, 1, 20, 50);
    const requester = testPeer(9_000, { complete: true });
    swarm.add(requester);
    const chosen = swarm.handOut(policy, requester, 20);
    expect(chosen.map(({ complete }) => complete)).toEqual([false, false, false]);
  });

  it('fills up with complete peers when there is nobody else', () => {
    const { swarm } = grow(0, 1, 20, 50);
    const requester = testPeer(9_000);
    swarm.add(requester);
    expect(swarm.handOut(policy, requester, 20)).toHaveLength(20);
  });

  it('does not send everybody to a newcomer of an old swarm', () => {
    const { swarm } = grow(500, 1, 20);
    const newcomer = testPeer(9_000, { zone: 'z0' });
    swarm.add(newcomer);
    for (let port = 9_001; port <= 9_010; port++) {
      const peer = testPeer(port, { zone: 'z0' });
      swarm.add(peer);
      swarm.handOut(policy, peer, 20);
    }
    expect(newcomer.degree).toBeLessThan(60);
  });

  it('looks at no more peers in a large swarm', () => {
    const { swarm } = grow(20_000, 8, 5);
    let looks = 0;
    const counting = createNearRegularHandOutPolicy(() => (looks++, random()));
    const requester = testPeer(99_999, { zone: 'z1' });
    swarm.add(requester);
    counting.choose(swarm, requester, 50);
    expect(looks).toBeLessThan(500);
  });
});
