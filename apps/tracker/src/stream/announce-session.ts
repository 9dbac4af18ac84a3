import type { AnnounceRequest, SwarmJoin, SwarmUpdate } from '@shoal/contracts';
import type { Clock } from '@shoal/service';
import {
  MAX_JOINS_PER_STREAM,
  MAX_NUMWANT,
  MAX_REPORTS_PER_UPDATE,
  RECONNECT_GRACE_MS,
} from '../constants.ts';
import type { Admission, GrantGate } from '../grants/grant-gate.ts';
import type { TrackerMetrics } from '../metrics.ts';
import type { Membership, SwarmRegistry } from '../swarms/swarm-registry.ts';
import { TrackerError } from '../tracker-error.ts';
import { type Member, readHello } from './hello.ts';
import type { Outbox } from './outbox.ts';

export interface SessionComponents {
  readonly registry: SwarmRegistry;
  readonly gate: GrantGate;
  readonly metrics: TrackerMetrics;
  readonly clock: Clock;
}

/** One host on its stream: carries out what its messages say, and puts the answers into the outbox. */
export class AnnounceSession {
  readonly #components: SessionComponents;
  readonly #outbox: Outbox;
  readonly #seenAt: string;
  readonly #memberships = new Map<number, Membership>();
  #member: Member | undefined;

  /** @param seenAt the peer of the connection, as gRPC names it */
  constructor(components: SessionComponents, outbox: Outbox, seenAt: string) {
    this.#components = components;
    this.#outbox = outbox;
    this.#seenAt = seenAt;
  }

  /**
   * Takes one message apart into single steps, so that the caller can let others have their turn between them.
   * @throws TrackerError SHOAL_TRACKER_REQUEST_INVALID when the hello is missing, repeated or wrong: the stream ends
   */
  *handle(message: AnnounceRequest): Generator<void> {
    if ((message.hello === undefined) === (this.#member === undefined))
      throw new TrackerError(
        'SHOAL_TRACKER_REQUEST_INVALID',
        'a stream starts with a hello, and has one only',
      );
    const member = (this.#member ??= message.hello && readHello(message.hello, this.#seenAt));
    if (member === undefined) return;
    for (const handle of message.leaves) this.#leave(handle);
    for (const join of message.joins) {
      this.#try(join.handle, () => this.#join(member, join));
      yield;
    }
    for (const update of message.updates) {
      this.#try(update.handle, () => this.#update(member, update));
      yield;
    }
  }

  /** The stream ended: the swarms that the host did not leave keep its place for a while, in case it comes back. */
  detach(): void {
    const { registry, clock } = this.#components;
    const until = clock.now() + RECONNECT_GRACE_MS;
    for (const membership of this.#memberships.values()) {
      membership.peer.listener = undefined;
      registry.setExpiry(membership, Math.min(membership.peer.expiresAt, until));
    }
    this.#memberships.clear();
  }

  #try(handle: number, step: () => void): void {
    try {
      step();
      this.#components.metrics.announced('grpc');
    } catch (error) {
      if (!(error instanceof TrackerError)) throw error;
      this.#refuse(handle, error);
    }
  }

  #join(member: Member, join: SwarmJoin): void {
    const { handle, infoHash, grant, left } = join;
    this.#leave(handle);
    if (this.#memberships.size >= MAX_JOINS_PER_STREAM)
      throw new TrackerError('SHOAL_TRACKER_JOIN_LIMIT', `${this.#memberships.size} swarms on one stream`);
    const admission = this.#admit(member, grant, infoHash);
    const wanted = Math.min(join.numwant, MAX_NUMWANT);
    const init = {
      ...member,
      key: `host ${member.hostId}`,
      complete: left === 0n,
      wanted,
      expiresAt: admission.expiresAt,
      listener: {
        offer: (peer) => this.#offer(handle, [peer]),
        reported: () => this.#outbox.reported(handle),
        expired: () => this.#expire(handle),
      },
    } satisfies Parameters<SwarmRegistry['join']>[1];
    const membership = this.#components.registry.join(admission.swarmKey, init, wanted);
    this.#memberships.set(handle, membership);
    this.#offer(handle, membership.handedOut);
    if (membership.swarm.isReported(membership.peer)) this.#outbox.reported(handle);
  }

  #update(member: Member, update: SwarmUpdate): void {
    const { handle, grant, left } = update;
    const { registry } = this.#components;
    const membership = this.#memberships.get(handle);
    if (membership === undefined)
      throw new TrackerError('SHOAL_TRACKER_HANDLE_UNKNOWN', `no swarm was joined under handle ${handle}`);
    if (grant !== '') registry.setExpiry(membership, this.#renew(member, membership, grant).expiresAt);
    membership.swarm.setComplete(membership.peer, left === 0n);
    for (const peerId of update.corruptPeerIds.slice(0, MAX_REPORTS_PER_UPDATE))
      membership.swarm.report(membership.peer, peerId);
    const wanted = Math.min(update.numwant, MAX_NUMWANT);
    if (wanted > 0) this.#offer(handle, registry.more(membership, wanted));
  }

  #renew(member: Member, membership: Membership, grant: string): Admission {
    const admission = this.#admit(member, grant);
    if (admission.swarmKey === membership.swarm.key) return admission;
    throw new TrackerError('SHOAL_TRACKER_UNKNOWN_INFO_HASH', 'the fresh grant is for another swarm');
  }

  #admit(member: Member, grant: string, infoHash?: Uint8Array): Admission {
    const { gate, clock } = this.#components;
    const admission = gate.admit(grant, clock.now(), infoHash);
    if (admission.hostId === member.hostId) return admission;
    throw new TrackerError('SHOAL_TRACKER_GRANT_HOST', `the grant is not for host ${member.hostId}`);
  }

  #leave(handle: number): void {
    const membership = this.#memberships.get(handle);
    if (membership === undefined) return;
    this.#memberships.delete(handle);
    this.#outbox.forget(handle);
    this.#components.registry.leave(membership);
  }

  #expire(handle: number): void {
    this.#memberships.delete(handle);
    this.#outbox.forget(handle);
    this.#refuse(handle, new TrackerError('SHOAL_TRACKER_GRANT_EXPIRED', 'the grant ran out'));
  }

  #offer(handle: number, peers: Membership['peer'][]): void {
    const swarm = this.#memberships.get(handle)?.swarm;
    if (swarm !== undefined) this.#outbox.peers(handle, swarm, peers);
  }

  #refuse(handle: number, { code, message, remedy }: TrackerError): void {
    this.#components.metrics.refused('grpc', code);
    this.#outbox.refuse({ handle, code, message, remedy });
  }
}
