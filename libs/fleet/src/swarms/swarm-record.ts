import type { Metainfo } from '@shoal/protocol';

declare const brand: unique symbol;

/** Names a swarm in files and maps: the lower-case hex of its first info-hash on the wire, 40 digits. */
export type SwarmKey = string & { readonly [brand]: 'SwarmKey' };

/** The lower-case hex of a contentDigest, 64 digits: names a tree in directories and maps. */
export type DigestHex = string & { readonly [brand]: 'DigestHex' };

/** What a member keeps of a swarm it is in, beside the metainfo, so that it can go on while the catalog is away. */
export interface SwarmRecord {
  readonly key: SwarmKey;
  readonly namespace: string;
  /** The artifact's name. */
  readonly name: string;
  /** The artifact version the swarm was last asked for by. */
  readonly version: string;
  readonly contentDigest: DigestHex;
  /** 40 hex digits; absent for a v2-only swarm. */
  readonly infoHashV1?: string;
  /** 64 hex digits; absent for a v1-only swarm. */
  readonly infoHashV2?: string;
  /** 40 hex digits, what lenient clients call a hybrid; absent for others. */
  readonly infoHashLenient?: string;
  /** Whether peers come from our trackers alone (BEP 27); absent in records of earlier releases. */
  readonly private?: boolean;
  /** Bytes of all regular files. */
  readonly size: number;
  /** Signed by the catalog; sent to the tracker as it is. */
  readonly grant: string;
  /** Milliseconds since 1970 when the grant was obtained, and when it ends. */
  readonly grantedAt: number;
  readonly grantExpiresAt: number;
  /** host:port of tracker gRPC endpoints. */
  readonly trackerEndpoints: readonly string[];
}

const HEX = /^[0-9a-f]*$/;
const DIGEST_DIGITS = 64;
const WIRE_HASH_DIGITS = 40;

/** The hex name of a contentDigest of 32 bytes. */
export function digestHex(contentDigest: Uint8Array): DigestHex {
  return Buffer.from(contentDigest).toString('hex') as DigestHex;
}

/** The 32 bytes that `digest` names. */
export function digestBytes(digest: DigestHex): Uint8Array {
  return new Uint8Array(Buffer.from(digest, 'hex'));
}

/** Whether `value` is 64 lower-case hex digits. */
export function isDigestHex(value: unknown): value is DigestHex {
  return typeof value === 'string' && value.length === DIGEST_DIGITS && HEX.test(value);
}

/** Whether `value` is 40 lower-case hex digits. */
export function isSwarmKey(value: unknown): value is SwarmKey {
  return typeof value === 'string' && value.length === WIRE_HASH_DIGITS && HEX.test(value);
}

/** The key of a swarm by its v1 info-hash, or by its v2 one where there is no v1. */
export function swarmKey(infoHash: Uint8Array): SwarmKey {
  return Buffer.from(infoHash).toString('hex').slice(0, WIRE_HASH_DIGITS) as SwarmKey;
}

/** The key of the swarm of a metainfo. */
export function swarmKeyOf({
  infoHashV1,
  infoHashV2,
}: Pick<Metainfo, 'infoHashV1' | 'infoHashV2'>): SwarmKey {
  return swarmKey(infoHashV1 ?? infoHashV2 ?? new Uint8Array());
}

/** The info-hash on the wire that a key stands for, 20 bytes. */
export function infoHashOf(key: SwarmKey): Uint8Array {
  return new Uint8Array(Buffer.from(key, 'hex'));
}

/** A record read from disk, or `undefined` when it is not one: an older release's, or damaged. */
export function parseSwarmRecord(text: string): SwarmRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isSwarmRecord(value) ? value : undefined;
}

function isSwarmRecord(value: unknown): value is SwarmRecord {
  if (typeof value !== 'object' || value === null) return false;
  const record = value as Partial<Record<keyof SwarmRecord, unknown>>;
  const texts = [record.namespace, record.name, record.version, record.grant];
  const numbers = [record.size, record.grantedAt, record.grantExpiresAt];
  return (
    texts.every((text) => typeof text === 'string') &&
    numbers.every((number) => Number.isSafeInteger(number)) &&
    isSwarmKey(record.key) &&
    isDigestHex(record.contentDigest) &&
    isHash(record.infoHashV1) &&
    isHash(record.infoHashV2) &&
    isHash(record.infoHashLenient) &&
    (record.private === undefined || typeof record.private === 'boolean') &&
    Array.isArray(record.trackerEndpoints) &&
    record.trackerEndpoints.every((endpoint) => typeof endpoint === 'string')
  );
}

function isHash(value: unknown): boolean {
  return value === undefined || (typeof value === 'string' && HEX.test(value));
}
