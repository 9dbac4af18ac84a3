import { outsideTrace, type Clock } from '@shoal/service';
import type { SeedLimit } from '@shoal/session';
import { FETCHING_UPDATE_INTERVAL_MS, SEEDING_UPDATE_INTERVAL_MS } from '../constants.ts';
import { pause } from '../pause.ts';
import { createGrantKeeper, type GrantKeeper, type GrantKeeperComponents } from './grant-keeper.ts';
import type { SwarmContent } from './swarm-content.ts';
import { SwarmMember, type SwarmMemberComponents } from './swarm-member.ts';
import type { SwarmKey, SwarmRecord } from './swarm-record.ts';

/** Collaborators of {@link SwarmMembers}. */
export type SwarmMembersComponents = SwarmMemberComponents & GrantKeeperComponents;

/**
 * The swarms a host is in. Their updates share two timers and their grants one loop, so that thousands of idle swarms cost
 * nothing each.
 */
export interface SwarmMembers {
  /** Joins a swarm, or takes the record of one it is in already. */
  join(record: SwarmRecord, content: SwarmContent): SwarmMember;
  get(key: SwarmKey): SwarmMember | undefined;
  /** Every swarm the host is in. */
  all(): Iterable<SwarmMember>;
  /** Leaves a swarm; its record stays. */
  leave(key: SwarmKey): Promise<void>;
  start(): void;
  /** Leaves every swarm. */
  stop(): Promise<void>;
}

export function createSwarmMembers(
  components: SwarmMembersComponents,
  init: { readonly hostId: string },
): SwarmMembers {
  return new MemberSet(components, init.hostId);
}

class MemberSet implements SwarmMembers {
  readonly #components: SwarmMembersComponents;
  readonly #grants: GrantKeeper;
  readonly #members = new Map<SwarmKey, SwarmMember>();
  /** Those among them that have not been complete at an update. */
  readonly #fetching = new Set<SwarmMember>();
  readonly #stop = new AbortController();
  #loops: Promise<void>[] = [];

  constructor(components: SwarmMembersComponents, hostId: string) {
    this.#components = components;
    this.#grants = createGrantKeeper(components, { hostId, onRenewed: (record) => this.#renewed(record) });
  }

  join(record: SwarmRecord, content: SwarmContent): SwarmMember {
    this.#grants.watch(record);
    const known = this.#members.get(record.key);
    if (known !== undefined) {
      if (known.record.grant !== record.grant) known.renew(record);
      return known;
    }
    // It lives on: its announces and timers are no part of the fetch or push that brought it here.
    const onSeedLimit = (limit: SeedLimit): void => {
      if (this.#members.get(record.key) === member) void this.leave(record.key);
      content.onSeedLimit?.(limit);
    };
    const member = outsideTrace(() => new SwarmMember(this.#components, record, content, onSeedLimit));
    this.#members.set(record.key, member);
    if (content.have !== 'all') this.#follow(member);
    return member;
  }

  get(key: SwarmKey): SwarmMember | undefined {
    return this.#members.get(key);
  }

  all(): Iterable<SwarmMember> {
    return this.#members.values();
  }

  async leave(key: SwarmKey): Promise<void> {
    const member = this.#members.get(key);
    if (member === undefined) return;
    this.#members.delete(key);
    this.#fetching.delete(member);
    this.#grants.forget(key);
    await member.leave();
  }

  start(): void {
    const { clock } = this.#components;
    this.#grants.start();
    this.#loops = [
      every(clock, FETCHING_UPDATE_INTERVAL_MS, this.#stop.signal, () => this.#updateFetching()),
      every(clock, SEEDING_UPDATE_INTERVAL_MS, this.#stop.signal, () => this.#updateSeeding()),
    ];
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#grants.stop();
    await Promise.all(this.#loops);
    await Promise.all([...this.#members.keys()].map((key) => this.leave(key)));
  }

  /** The tracker learns at once that a member is complete: others may be waiting for a seeder. */
  #follow(member: SwarmMember): void {
    this.#fetching.add(member);
    const signal = this.#stop.signal;
    member.torrent.whenComplete({ signal }).then(
      () => this.#updateFetching(),
      // It failed or was left: the updates say how it is, if it is still here.
      () => undefined,
    );
  }

  #updateFetching(): void {
    for (const member of this.#fetching) {
      member.update();
      if (member.complete) this.#fetching.delete(member);
    }
  }

  #updateSeeding(): void {
    for (const member of this.#members.values()) if (!this.#fetching.has(member)) member.update();
  }

  async #renewed(record: SwarmRecord): Promise<void> {
    this.#members.get(record.key)?.renew(record);
    await this.#components.records.update(record);
  }
}

async function every(clock: Clock, ms: number, signal: AbortSignal, work: () => void): Promise<void> {
  while (!signal.aborted) {
    await pause(clock, ms, signal);
    work();
  }
}
