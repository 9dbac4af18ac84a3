import type { CompleteSwarmHeader, CompleteSwarmRequest } from '@shoal/contracts';
import { contents, copies, sideSwarms, swarms } from '@shoal/database';
import { parseCanonicalManifest, ProtocolError } from '@shoal/protocol';
import { CatalogError } from '../errors.ts';
import { checkHostId, checkText } from '../requests/check-names.ts';
import { sameBytes, toHex } from '../requests/digests.ts';
import { checkMetainfo, type CheckedMetainfo } from '../uploads/check-metainfo.ts';
import { liveHolders, refreshHolders } from '../uploads/live-holders.ts';
import { profileOf } from '../uploads/profiles.ts';
import { swarmRow } from '../uploads/publish.ts';
import { receive } from '../uploads/receive.ts';
import { receiveMetainfo } from '../uploads/receive-metainfo.ts';
import { readKey } from './swarm-key.ts';
import type { SwarmComponents } from './swarm-components.ts';

/** What a seeder says of a side swarm. */
interface SwarmReport {
  readonly key: swarms.SwarmKey;
  readonly seederId: string;
  /** Empty when the metainfo follows. */
  readonly errorCode: string;
  /** Whether the catalog waits for it. */
  readonly isPending: boolean;
}

/**
 * Takes the metainfo of a side swarm from a seeder, or the reason why there is none. A report that comes again changes
 * nothing.
 * @throws CatalogError SHOAL_SWARM_NOT_FOUND when it was removed meanwhile, SHOAL_SWARM_NO_COPY when the seeder holds no copy,
 * SHOAL_UPLOAD_METAINFO_MISMATCH
 */
export async function completeSwarm(
  components: SwarmComponents,
  messages: AsyncIterable<CompleteSwarmRequest>,
): Promise<void> {
  const checkHeader = (given: CompleteSwarmHeader) => readHeader(components, given);
  const { header, metainfo } = await receive(receiveMetainfo(messages, checkHeader));
  const { key, errorCode, isPending } = header;
  if (!isPending) return;
  if (errorCode !== '') return fail(components, header);
  let checked: CheckedMetainfo;
  try {
    checked = await check(components, key, metainfo);
  } catch (error) {
    // What this seeder makes now it would make again.
    if (error instanceof CatalogError || error instanceof ProtocolError)
      await fail(components, { ...header, errorCode: error.code });
    throw error;
  }
  await store(components, key, metainfo, checked);
  await refreshHolders(components, await liveHolders(components, key.namespace, key.contentDigest));
}

async function readHeader(
  components: SwarmComponents,
  { swarm, seederId, errorCode }: CompleteSwarmHeader,
): Promise<SwarmReport> {
  checkHostId(seederId, 'seeder_id');
  checkText('error_code', errorCode);
  const key = readKey(swarm);
  await checkHolder(components, key, seederId);
  const side = await sideSwarms.find(components.database.db, key);
  if (side === undefined) throw notFound(key);
  return { key, seederId, errorCode, isPending: side.state === 'pending' };
}

async function checkHolder(
  { database: { db } }: SwarmComponents,
  { namespace, contentDigest }: swarms.SwarmKey,
  seederId: string,
): Promise<void> {
  const held = await copies.ofContent(db, namespace, contentDigest);
  if (held.some((copy) => copy.seederId === seederId && copy.state === 'durable')) return;
  const message = `seeder ${seederId} holds no content ${toHex(contentDigest)}`;
  throw new CatalogError('SHOAL_SWARM_NO_COPY', message);
}

async function check(
  { database: { db } }: SwarmComponents,
  key: swarms.SwarmKey,
  metainfo: Uint8Array,
): Promise<CheckedMetainfo> {
  const manifest = await contents.readManifest(db, key.namespace, key.contentDigest);
  if (manifest === undefined) throw notFound(key);
  const entries = parseCanonicalManifest(manifest);
  const checked = checkMetainfo(metainfo, { name: key.name, profile: profileOf(key), entries });
  if (sameBytes(checked.contentDigest, key.contentDigest)) return checked;
  throw new CatalogError('SHOAL_UPLOAD_METAINFO_MISMATCH', "the seeder's metainfo is of another content");
}

async function store(
  { database, logger }: SwarmComponents,
  key: swarms.SwarmKey,
  bytes: Uint8Array,
  { metainfo }: CheckedMetainfo,
): Promise<void> {
  const { namespace, contentDigest } = key;
  const row = swarmRow({ namespace, contentDigest, profile: profileOf(key) }, bytes, metainfo);
  await database.transaction(async (transaction) => {
    if (!(await sideSwarms.settle(transaction, key, { state: 'ready' }))) return;
    await swarms.put(transaction, { ...row, side: true });
    await copies.swarmsChanged(transaction, namespace, contentDigest);
  });
  logger.info({ namespace, name: key.name, format: key.format }, 'a side swarm is ready');
}

async function fail(
  { database, logger }: SwarmComponents,
  { key, seederId, errorCode }: SwarmReport,
): Promise<void> {
  const { namespace, name, format } = key;
  logger.warn({ namespace, name, format, seederId, errorCode }, 'a side swarm could not be made');
  await sideSwarms.settle(database.db, key, { state: 'failed', errorCode });
}

function notFound({ namespace, name, format }: swarms.SwarmKey): CatalogError {
  const message = `nobody wants this ${format} swarm of ${name} in ${namespace} any more`;
  return new CatalogError('SHOAL_SWARM_NOT_FOUND', message);
}
