import { ShoalError } from '@shoal/contracts';
import type { Verifier } from '@shoal/service';
import { MAX_CACHED_GRANTS } from '../constants.ts';
import { TrackerError } from '../tracker-error.ts';

/** What a verified grant says. */
export interface Admission {
  readonly namespace: string;
  /** '' or '*' in grants for stock clients, which have no host id. */
  readonly hostId: string;
  /** Lower-case hex. They name one swarm. */
  readonly infoHashes: readonly string[];
  /** Name of the swarm, whichever of its info-hashes is announced. */
  readonly swarmKey: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Checks grants with the catalog's public key; remembers good ones, since a stock client shows its own every minute. */
export class GrantGate {
  readonly #verifier: Verifier;
  readonly #known = new Map<string, Admission>();

  constructor(verifier: Verifier) {
    this.#verifier = verifier;
  }

  /**
   * What the grant admits to.
   * @param now milliseconds since the epoch
   * @throws TrackerError SHOAL_TRACKER_GRANT_INVALID, SHOAL_TRACKER_GRANT_EXPIRED, or _UNKNOWN_INFO_HASH when
   * `infoHash` is given and not one of the grant's
   */
  admit(grant: string, now: number, infoHash?: Uint8Array): Admission {
    const admission = this.#known.get(grant) ?? this.#verify(grant, now);
    if (admission.expiresAt <= now) {
      this.#known.delete(grant);
      const at = new Date(admission.expiresAt).toISOString();
      throw new TrackerError('SHOAL_TRACKER_GRANT_EXPIRED', `the grant expired at ${at}`);
    }
    if (infoHash !== undefined) requireInfoHash(admission, hex(infoHash));
    return admission;
  }

  #verify(token: string, now: number): Admission {
    try {
      const { namespace, hostId, infoHashes, expiresAt } = this.#verifier.verifyGrant(token, new Date(now));
      const hashes = infoHashes.map(hex);
      const [first] = hashes;
      if (first === undefined)
        throw new TrackerError('SHOAL_TRACKER_GRANT_INVALID', 'the grant names no swarm');
      const admission = {
        namespace,
        hostId,
        infoHashes: hashes,
        swarmKey: `${namespace}/${first}`,
        expiresAt: expiresAt.getTime(),
      };
      this.#remember(token, admission);
      return admission;
    } catch (error) {
      if (error instanceof TrackerError || !(error instanceof ShoalError)) throw error;
      const code =
        error.code === 'SHOAL_GRANT_EXPIRED' ? 'SHOAL_TRACKER_GRANT_EXPIRED' : 'SHOAL_TRACKER_GRANT_INVALID';
      throw new TrackerError(code, error.message, { cause: error });
    }
  }

  /** The oldest go first: verifying one again costs a tenth of a millisecond. */
  #remember(token: string, admission: Admission): void {
    if (this.#known.size >= MAX_CACHED_GRANTS) {
      const [oldest] = this.#known.keys();
      if (oldest !== undefined) this.#known.delete(oldest);
    }
    this.#known.set(token, admission);
  }
}

function requireInfoHash(admission: Admission, infoHash: string): void {
  if (admission.infoHashes.includes(infoHash)) return;
  throw new TrackerError(
    'SHOAL_TRACKER_UNKNOWN_INFO_HASH',
    `the grant does not name the info-hash ${infoHash}`,
  );
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
