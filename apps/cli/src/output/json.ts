import {
  type AppliedDirective,
  type Artifact,
  type Host,
  MemberRole,
  type Rollout,
  type RolloutTarget,
  SwarmFormat,
  type TransferReport,
} from '@shoal/contracts';
import { formatHex } from './format.ts';
import { rolloutWord, targetWord } from './rollout-view.ts';

/**
 * What `--json` prints. Keys are stable; digests and info-hashes are hexadecimal, sizes are bytes, times are RFC 3339 or
 * milliseconds where the name says so.
 */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

const FORMATS: Readonly<Record<SwarmFormat, string>> = {
  [SwarmFormat.SWARM_FORMAT_UNSPECIFIED]: 'unknown',
  [SwarmFormat.SWARM_FORMAT_V1]: 'v1',
  [SwarmFormat.SWARM_FORMAT_V2]: 'v2',
  [SwarmFormat.SWARM_FORMAT_HYBRID]: 'hybrid',
  [SwarmFormat.UNRECOGNIZED]: 'unknown',
};

/** "v1", "v2" or "hybrid". */
export function formatWord(format: SwarmFormat | undefined): string {
  return FORMATS[format ?? SwarmFormat.SWARM_FORMAT_UNSPECIFIED];
}

/** "agent" or "seeder". */
export function roleWord(role: MemberRole): string {
  return role === MemberRole.MEMBER_ROLE_SEEDER ? 'seeder' : 'agent';
}

export function artifactJson(artifact: Artifact): Json {
  const { swarm } = artifact;
  return {
    namespace: artifact.namespace,
    name: artifact.name,
    version: artifact.version,
    contentDigest: formatHex(artifact.contentDigest),
    size: Number(artifact.size),
    files: artifact.fileCount,
    labels: artifact.labels,
    principal: artifact.principal,
    publishedAt: timeJson(artifact.publishedAt),
    copies: artifact.copies,
    format: formatWord(swarm?.profile?.format),
    pieceLength: swarm?.profile?.pieceLength ?? 0,
    pieces: swarm?.pieceCount ?? 0,
    infoHashV1: hexJson(swarm?.infoHashV1),
    infoHashV2: hexJson(swarm?.infoHashV2),
  };
}

export function rolloutJson(rollout: Rollout): Json {
  return {
    id: rollout.rolloutId,
    namespace: rollout.namespace,
    name: rollout.name,
    version: rollout.version,
    contentDigest: formatHex(rollout.contentDigest),
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

export function targetJson(target: RolloutTarget): Json {
  return {
    host: target.hostId,
    state: targetWord(target.state),
    errorCode: target.errorCode === '' ? null : target.errorCode,
    errorMessage: target.errorMessage === '' ? null : target.errorMessage,
    verifiedDigest: hexJson(target.verifiedDigest),
    updatedAt: timeJson(target.updatedAt),
    transfer: target.transfer === undefined ? null : transferJson(target.transfer),
  };
}

export function transferJson(transfer: TransferReport): Json {
  return {
    bytesDone: Number(transfer.bytesDone),
    bytesTotal: Number(transfer.bytesTotal),
    bytesFromSeeders: Number(transfer.bytesFromSeeders),
    bytesFromPeers: Number(transfer.bytesFromPeers),
    bytesUploaded: Number(transfer.bytesUploaded),
    bytesWasted: Number(transfer.bytesWasted),
    bytesPerSecond: Number(transfer.rate),
    elapsedMillis: Number(transfer.elapsedMillis),
    peers: transfer.peers,
  };
}

export function hostJson(host: Host): Json {
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
  };
}

function appliedJson(applied: AppliedDirective): Json {
  return {
    name: applied.name,
    revision: Number(applied.revision),
    contentDigest: formatHex(applied.contentDigest),
  };
}

function timeJson(time: Date | undefined): string | null {
  return time === undefined ? null : time.toISOString();
}

/** Absent bytes are empty on the wire and null here. */
function hexJson(bytes: Uint8Array | undefined): string | null {
  return bytes === undefined || bytes.length === 0 ? null : formatHex(bytes);
}
