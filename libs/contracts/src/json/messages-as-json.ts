import type { Artifact } from '../gen/shoal/catalog/v1/artifact.ts';
import type { AppliedDirective, Host, ScrubReport } from '../gen/shoal/fleet/v1/fleet.ts';
import type { Rollout, RolloutTarget, TransferReport } from '../gen/shoal/rollout/v1/rollout.ts';
import { formatWord, roleWord, rolloutWord, targetWord } from './words.ts';

/*
 * Messages as `shoal --json` prints them and the catalog's HTTP API answers with them. Keys are stable; digests and
 * info-hashes are hexadecimal, sizes are bytes, times are RFC 3339 or milliseconds where the name says so.
 */

type Labels = Readonly<Record<string, string>>;

export interface ArtifactJson {
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly contentDigest: string;
  readonly size: number;
  readonly files: number;
  readonly labels: Labels;
  readonly principal: string;
  readonly publishedAt: string | null;
  /** Durable ones. */
  readonly copies: number;
  /** "v1", "v2" or "hybrid". */
  readonly format: string;
  readonly pieceLength: number;
  readonly pieces: number;
  readonly infoHashV1: string | null;
  readonly infoHashV2: string | null;
}

export function artifactJson(artifact: Artifact): ArtifactJson {
  const { swarm } = artifact;
  return {
    namespace: artifact.namespace,
    name: artifact.name,
    version: artifact.version,
    contentDigest: hex(artifact.contentDigest),
    size: Number(artifact.size),
    files: artifact.fileCount,
    labels: artifact.labels,
    principal: artifact.principal,
    publishedAt: timeJson(artifact.publishedAt),
    copies: artifact.copies,
    format: formatWord(swarm?.profile?.format),
    pieceLength: swarm?.profile?.pieceLength ?? 0,
    pieces: swarm?.pieceCount ?? 0,
    infoHashV1: hexOrNull(swarm?.infoHashV1),
    infoHashV2: hexOrNull(swarm?.infoHashV2),
  };
}

export interface RolloutJson {
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly contentDigest: string;
  readonly selector: Labels;
  /** "running", "completed", "failed" or "superseded". */
  readonly state: string;
  readonly targets: number;
  readonly activated: number;
  readonly failed: number;
  readonly principal: string;
  readonly createdAt: string | null;
  readonly finishedAt: string | null;
  readonly traceId: string;
  /** Of the artifact: what each target needs. */
  readonly size: number;
}

export function rolloutJson(rollout: Rollout): RolloutJson {
  return {
    id: rollout.rolloutId,
    namespace: rollout.namespace,
    name: rollout.name,
    version: rollout.version,
    contentDigest: hex(rollout.contentDigest),
    selector: rollout.selector,
    state: rolloutWord(rollout.state),
    targets: rollout.targetCount,
    activated: rollout.activatedCount,
    failed: rollout.failedCount,
    principal: rollout.principal,
    createdAt: timeJson(rollout.createdAt),
    finishedAt: timeJson(rollout.finishedAt),
    traceId: rollout.traceId,
    size: Number(rollout.size),
  };
}

export interface TargetJson {
  readonly host: string;
  /** "waiting", "fetching", "fetched", "active", "failed" or "superseded". */
  readonly state: string;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly verifiedDigest: string | null;
  readonly updatedAt: string | null;
  readonly transfer: TransferJson | null;
}

export function targetJson(target: RolloutTarget): TargetJson {
  return {
    host: target.hostId,
    state: targetWord(target.state),
    errorCode: target.errorCode === '' ? null : target.errorCode,
    errorMessage: target.errorMessage === '' ? null : target.errorMessage,
    verifiedDigest: hexOrNull(target.verifiedDigest),
    updatedAt: timeJson(target.updatedAt),
    transfer: target.transfer === undefined ? null : transferJson(target.transfer),
  };
}

export interface TransferJson {
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly bytesFromSeeders: number;
  readonly bytesFromPeers: number;
  /** From web seeds. */
  readonly bytesFromOrigins: number;
  readonly bytesUploaded: number;
  readonly bytesWasted: number;
  /** Of files that the host had in another tree already. */
  readonly bytesReused: number;
  readonly bytesPerSecond: number;
  readonly elapsedMillis: number;
  readonly peers: number;
}

export function transferJson(transfer: TransferReport): TransferJson {
  return {
    bytesDone: Number(transfer.bytesDone),
    bytesTotal: Number(transfer.bytesTotal),
    bytesFromSeeders: Number(transfer.bytesFromSeeders),
    bytesFromPeers: Number(transfer.bytesFromPeers),
    bytesFromOrigins: Number(transfer.bytesFromOrigins),
    bytesUploaded: Number(transfer.bytesUploaded),
    bytesWasted: Number(transfer.bytesWasted),
    bytesReused: Number(transfer.bytesReused),
    bytesPerSecond: Number(transfer.rate),
    elapsedMillis: Number(transfer.elapsedMillis),
    peers: transfer.peers,
  };
}

export interface HostJson {
  readonly id: string;
  /** "agent" or "seeder". */
  readonly role: string;
  readonly alive: boolean;
  readonly zone: string;
  readonly rack: string;
  readonly labels: Labels;
  readonly softwareVersion: string;
  readonly capabilities: readonly string[];
  readonly freeBytes: number;
  readonly lastSeenAt: string | null;
  readonly applied: readonly AppliedJson[];
  /** Null: the host does not verify what it has at rest. */
  readonly scrub: ScrubJson | null;
}

/** How a host's artifacts at rest are. */
export interface ScrubJson {
  readonly lastVerifiedAt: string | null;
  readonly damagedArtifacts: number;
  readonly damaged: readonly DamagedArtifactJson[];
}

/** An artifact that is damaged on a host's disk; `errorCode` is empty while the first attempt to repair it is under way. */
export interface DamagedArtifactJson {
  readonly name: string;
  readonly version: string;
  readonly contentDigest: string;
  readonly files: number;
  readonly foundAt: string | null;
  readonly errorCode: string;
  readonly errorMessage: string;
}

/** A directive that a host is done with. */
export interface AppliedJson {
  readonly name: string;
  readonly revision: number;
  readonly contentDigest: string;
}

export function hostJson(host: Host): HostJson {
  return {
    id: host.hostId,
    role: roleWord(host.role),
    alive: host.alive,
    zone: host.zone,
    rack: host.rack,
    labels: host.labels,
    softwareVersion: host.software?.version ?? '',
    capabilities: host.software?.capabilities ?? [],
    freeBytes: Number(host.freeBytes),
    lastSeenAt: timeJson(host.lastSeenAt),
    applied: host.applied.map(appliedJson),
    scrub: host.scrub === undefined ? null : scrubJson(host.scrub),
  };
}

function scrubJson({ lastVerifiedAt, damagedArtifacts, damaged }: ScrubReport): ScrubJson {
  return {
    lastVerifiedAt: timeJson(lastVerifiedAt),
    damagedArtifacts,
    damaged: damaged.map(({ contentDigest, foundAt, ...rest }) => ({
      ...rest,
      contentDigest: hex(contentDigest),
      foundAt: timeJson(foundAt),
    })),
  };
}

function appliedJson(applied: AppliedDirective): AppliedJson {
  return {
    name: applied.name,
    revision: Number(applied.revision),
    contentDigest: hex(applied.contentDigest),
  };
}

function timeJson(time: Date | undefined): string | null {
  return time === undefined ? null : time.toISOString();
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** Absent bytes are empty on the wire and null here. */
function hexOrNull(bytes: Uint8Array | undefined): string | null {
  return bytes === undefined || bytes.length === 0 ? null : hex(bytes);
}
