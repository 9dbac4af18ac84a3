import type { HeldArtifact, Traffic } from '../gen/shoal/agent/v1/agent.ts';

/** Books as `shoal stats --json` prints them: bytes. */
export interface TrafficJson {
  /** By class of peer; classes without bytes are left out. */
  readonly downloaded: Readonly<Record<string, number>>;
  readonly uploaded: Readonly<Record<string, number>>;
  /** By reason. */
  readonly wasted: Readonly<Record<'duplicate' | 'unwanted' | 'failed' | 'lost', number>>;
  readonly reused: number;
  readonly overhead: { readonly downloaded: number; readonly uploaded: number };
}

export function trafficJson(traffic: Traffic): TrafficJson {
  const side = (name: 'downloaded' | 'uploaded') =>
    Object.fromEntries(
      traffic.classes
        .filter((one) => one[name] > 0n)
        .map(({ peerClass, [name]: bytes }) => [peerClass, Number(bytes)]),
    );
  return {
    downloaded: side('downloaded'),
    uploaded: side('uploaded'),
    wasted: {
      duplicate: Number(traffic.wastedDuplicate),
      unwanted: Number(traffic.wastedUnwanted),
      failed: Number(traffic.wastedFailed),
      lost: Number(traffic.wastedLost),
    },
    reused: Number(traffic.reused),
    overhead: {
      downloaded: Number(traffic.overheadDownloaded),
      uploaded: Number(traffic.overheadUploaded),
    },
  };
}

/** The books of one artifact on a host. */
export interface HeldTrafficJson extends TrafficJson {
  readonly name: string;
  readonly version: string;
  readonly contentDigest: string;
  readonly seedMillis: number;
}

export function heldTrafficJson({
  name,
  version,
  contentDigest,
  lifetime,
  seedMillis,
}: HeldArtifact & { readonly lifetime: Traffic }): HeldTrafficJson {
  return {
    name,
    version,
    contentDigest: Buffer.from(contentDigest).toString('hex'),
    ...trafficJson(lifetime),
    seedMillis: Number(seedMillis),
  };
}
