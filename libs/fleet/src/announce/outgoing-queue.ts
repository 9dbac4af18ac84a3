import type { AnnounceHello, AnnounceRequest, DeepPartial, SwarmJoin, SwarmUpdate } from '@shoal/contracts';
import type { Clock } from '@shoal/service';
import { pause } from '../pause.ts';
import type { MemberStatus } from '../swarms/announcer.ts';
import { BATCH_INTERVAL_MS, MAX_JOINS_PER_MESSAGE, MAX_REPORTS } from './constants.ts';
import type { JoinedSwarm } from './joined-swarm.ts';

interface PendingUpdate {
  status: MemberStatus;
  /** '' when the grant is not new. */
  grant: string;
}

/** What waits to be told to one tracker: one entry a swarm at most, the newest. */
export class OutgoingQueue {
  readonly #clock: Clock;
  readonly #joins = new Set<JoinedSwarm>();
  readonly #updates = new Map<JoinedSwarm, PendingUpdate>();
  readonly #leaves = new Set<number>();
  /** Ids of corrupt peers to be reported. */
  readonly #reports = new Map<JoinedSwarm, Uint8Array[]>();
  #ending = false;
  #wake: () => void = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  join(swarm: JoinedSwarm): void {
    this.#joins.add(swarm);
    this.#updates.delete(swarm);
    this.#wake();
  }

  /** `grant` when it is a fresh one, else ''. */
  update(swarm: JoinedSwarm, status: MemberStatus, grant: string): void {
    // A join that waits will tell what holds then.
    if (this.#joins.has(swarm)) return;
    const before = this.#updates.get(swarm);
    const numwant = Math.max(status.numwant, before?.status.numwant ?? 0);
    const newest = grant === '' ? (before?.grant ?? '') : grant;
    this.#updates.set(swarm, { status: { ...status, numwant }, grant: newest });
    this.#wake();
  }

  /** Reports a peer of the swarm, by its id, as corrupt. */
  report(swarm: JoinedSwarm, peerId: Uint8Array): void {
    const reports = this.#reports.get(swarm) ?? [];
    this.#reports.set(swarm, [...reports, peerId].slice(-MAX_REPORTS));
    this.#wake();
  }

  leave(swarm: JoinedSwarm): void {
    this.#reports.delete(swarm);
    this.#joins.delete(swarm);
    this.#updates.delete(swarm);
    this.#leaves.add(swarm.handle);
    this.#wake();
  }

  /** Starts over for a tracker that knows nothing yet. */
  reset(swarms: Iterable<JoinedSwarm>): void {
    this.#joins.clear();
    this.#updates.clear();
    this.#leaves.clear();
    for (const swarm of swarms) this.#joins.add(swarm);
  }

  /** Ends {@link messages} once everything is out. */
  end(): void {
    this.#ending = true;
    this.#wake();
  }

  /** The messages of one stream: the hello first, with the joins that wait. */
  async *messages(
    hello: DeepPartial<AnnounceHello>,
    signal: AbortSignal,
  ): AsyncGenerator<DeepPartial<AnnounceRequest>, void, undefined> {
    yield { hello, ...this.#gather() };
    while (!signal.aborted) {
      if (!this.#isEmpty()) {
        yield this.#gather();
        if (!this.#ending) await pause(this.#clock, BATCH_INTERVAL_MS, signal);
      } else if (this.#ending) return;
      else await this.#somethingToSay(signal);
    }
  }

  #isEmpty(): boolean {
    return [this.#joins, this.#updates, this.#leaves, this.#reports].every(({ size }) => size === 0);
  }

  #gather(): DeepPartial<AnnounceRequest> {
    const joining = [...this.#joins].slice(0, MAX_JOINS_PER_MESSAGE);
    for (const swarm of joining) this.#joins.delete(swarm);
    const message = {
      joins: joining.map(joinOf),
      updates: this.#gatherUpdates(),
      leaves: [...this.#leaves],
    };
    this.#updates.clear();
    this.#leaves.clear();
    return message;
  }

  /** Updates of swarms that are joined by then; reports travel in them. */
  #gatherUpdates(): SwarmUpdate[] {
    for (const swarm of this.#reports.keys()) {
      const hasUpdate = this.#joins.has(swarm) || this.#updates.has(swarm);
      if (!hasUpdate) this.update(swarm, { ...swarm.status(), numwant: 0 }, '');
    }
    return Array.from(this.#updates, ([swarm, pending]) => {
      const corruptPeerIds = this.#reports.get(swarm) ?? [];
      this.#reports.delete(swarm);
      return updateOf(swarm, pending, corruptPeerIds);
    });
  }

  #somethingToSay(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#wake = wake;
      signal.addEventListener('abort', wake);
    });
  }
}

function joinOf({ handle, infoHash, grant, status }: JoinedSwarm): SwarmJoin {
  const { left, numwant } = status();
  return { handle, infoHash, grant, left: BigInt(left), numwant };
}

function updateOf(
  { handle }: JoinedSwarm,
  { status, grant }: PendingUpdate,
  corruptPeerIds: Uint8Array[],
): SwarmUpdate {
  const { left, uploaded, downloaded, numwant } = status;
  return {
    handle,
    left: BigInt(left),
    uploaded: BigInt(uploaded),
    downloaded: BigInt(downloaded),
    numwant,
    grant,
    corruptPeerIds,
  };
}
