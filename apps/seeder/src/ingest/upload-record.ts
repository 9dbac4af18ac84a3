import type { SwarmProfile } from '@shoal/protocol';
import { type DigestHex, isDigestHex, isSwarmKey, type SwarmKey } from '@shoal/fleet';

/** How far an upload is. */
export type UploadPhase =
  /** Bytes are missing. */
  | 'open'
  /** Every byte is verified and durable, the metainfo is made; the catalog has not acknowledged it. */
  | 'staged'
  /** The catalog has published the artifact. */
  | 'published'
  /** It cannot be continued. */
  | 'failed';

/** The error that ended an upload. */
export interface UploadFailure {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

/** What a seeder keeps of an upload beside its manifest and bytes. */
export interface UploadRecord {
  readonly uploadId: string;
  readonly namespace: string;
  /** The artifact's name. */
  readonly name: string;
  readonly profile: SwarmProfile;
  /** The latest ticket: the catalog wants it with the report. */
  readonly ticket: string;
  readonly phase: UploadPhase;
  /** Bytes of all regular files. */
  readonly size: number;
  /** Source of the swarm that the bytes come through, if they do: a secret. */
  readonly transferSource?: string;
  /** From `staged` on. */
  readonly contentDigest?: DigestHex;
  /** From `staged` on. */
  readonly swarmKey?: SwarmKey;
  /** When failed: why, as clients are told. */
  readonly failure?: UploadFailure;
  /** Milliseconds since 1970 when the phase began, or, while open, when it was opened last. */
  readonly touchedAt: number;
}

const UPLOAD_ID = /^[A-Za-z0-9_-]{1,64}$/;
const PHASES = ['open', 'staged', 'published', 'failed'];
const FORMATS = ['v1', 'v2', 'hybrid'];

/** Whether `text` can name an upload, and so a directory. */
export function isUploadId(text: string): boolean {
  return UPLOAD_ID.test(text);
}

/** A record read from disk; `undefined` when it is not one. */
export function parseUploadRecord(value: unknown): UploadRecord | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const record = value as Partial<Record<keyof UploadRecord, unknown>>;
  const texts = [record.uploadId, record.namespace, record.name, record.ticket];
  const valid =
    texts.every((text) => typeof text === 'string') &&
    isUploadId(String(record.uploadId)) &&
    PHASES.includes(String(record.phase)) &&
    isProfile(record.profile) &&
    (record.phase !== 'failed' || isFailure(record.failure)) &&
    (record.transferSource === undefined || typeof record.transferSource === 'string') &&
    Number.isSafeInteger(record.size) &&
    Number.isSafeInteger(record.touchedAt) &&
    (record.contentDigest === undefined || isDigestHex(record.contentDigest)) &&
    (record.swarmKey === undefined || isSwarmKey(record.swarmKey));
  return valid ? (value as UploadRecord) : undefined;
}

function isFailure(value: unknown): value is UploadFailure {
  if (typeof value !== 'object' || value === null) return false;
  const failure = value as Partial<Record<keyof UploadFailure, unknown>>;
  return [failure.code, failure.message, failure.remedy].every((text) => typeof text === 'string');
}

function isProfile(value: unknown): value is SwarmProfile {
  if (typeof value !== 'object' || value === null) return false;
  const profile = value as Partial<Record<keyof SwarmProfile, unknown>>;
  return (
    profile.version === 1 &&
    FORMATS.includes(String(profile.format)) &&
    Number.isSafeInteger(profile.pieceLength) &&
    typeof profile.private === 'boolean'
  );
}
