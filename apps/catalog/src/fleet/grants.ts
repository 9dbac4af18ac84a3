import type { swarms } from '@shoal/database';
import type { Clock, Signer } from '@shoal/service';

/** Bytes of an info-hash on the wire (BEP 3; BEP 52 truncates its own to that). */
export const WIRE_LENGTH = 20;

/** A grant, signed, and until when it holds. */
export interface SignedGrant {
  readonly grant: string;
  readonly expiresAt: Date;
}

/** The swarm's info-hashes on the wire: v1, v2 truncated, the one of lenient clients. One to three. */
export function wireHashes({ infoHashV1, infoHashV2, infoHashLenient }: swarms.SwarmView): Uint8Array[] {
  return [infoHashV1, infoHashV2, infoHashLenient]
    .filter((infoHash) => infoHash !== null)
    .map((infoHash) => infoHash.subarray(0, WIRE_LENGTH));
}

/** Lets a host into a swarm for `lifetimeMs` milliseconds; host `*` stands for any. */
export function signGrant(
  { signer, clock }: { readonly signer: Signer; readonly clock: Clock },
  swarm: swarms.SwarmView,
  hostId: string,
  lifetimeMs: number,
): SignedGrant {
  const expiresAt = new Date(clock.now() + lifetimeMs);
  const { namespace } = swarm;
  return {
    grant: signer.signGrant({ namespace, infoHashes: wireHashes(swarm), hostId, expiresAt }),
    expiresAt,
  };
}
