import { createHash, randomUUID } from 'node:crypto';
import { artifacts, contents, copies, hosts, rollouts, swarms, type Queries } from '@shoal/database';

/** 32 bytes that stand for the digest of `text`. */
export function digestOf(text: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(text).digest());
}

/** A namespace no other test uses: the tests of a suite share one database. */
export function freshNamespace(): string {
  return `test-${randomUUID()}`;
}

/** Stores a content and publishes it as an artifact. */
export async function publishArtifact(
  db: Queries,
  namespace: string,
  name: string,
  version: string,
  labels: Readonly<Record<string, string>> = {},
  content = `${name} ${version}`,
): Promise<artifacts.ArtifactView> {
  const contentDigest = digestOf(content);
  await contents.put(db, {
    contentDigest,
    size: 5_000_000_000n,
    fileCount: 3,
    manifest: digestOf('manifest'),
  });
  const { artifact } = await artifacts.publish(db, {
    namespace,
    name,
    version,
    contentDigest,
    labels,
    principal: 'ci',
  });
  return artifact;
}

/** Stores the hybrid swarm of an artifact. */
export async function putSwarm(
  db: Queries,
  owner: swarms.SwarmOwner,
  metainfo: Uint8Array,
): Promise<swarms.SwarmKey> {
  const key: swarms.SwarmKey = {
    namespace: owner.namespace,
    name: owner.name,
    contentDigest: owner.contentDigest,
    profileVersion: 1,
    format: 'hybrid',
    pieceLength: 65_536,
    private: true,
    source: owner.namespace,
  };
  await swarms.put(db, {
    ...key,
    infoHashV1: digestOf(`${owner.name} v1`).subarray(0, 20),
    infoHashV2: digestOf(`${owner.name} v2`),
    infoHashLenient: digestOf(`${owner.name} lenient`).subarray(0, 20),
    pieceCount: 7,
    metainfo,
  });
  return key;
}

/** Registers a host by a hello. */
export async function sayHello(
  db: Queries,
  namespace: string,
  hostId: string,
  said: Partial<hosts.HostHello> = {},
): Promise<bigint> {
  return hosts.hello(db, {
    namespace,
    hostId,
    role: 'agent',
    principal: 'anonymous',
    zone: 'eu-1',
    rack: 'r1',
    labels: {},
    software: { version: '0.1.0', capabilities: ['hybrid'] },
    endpoint: '',
    filesUrl: '',
    freeBytes: 1_000n,
    applied: [],
    ...said,
  });
}

/** Creates a rollout of an artifact, without targets. */
export async function createRollout(
  db: Queries,
  artifact: artifacts.ArtifactView,
  idempotencyKey = '',
): Promise<string> {
  const { rolloutId } = await rollouts.create(db, {
    rolloutId: randomUUID(),
    namespace: artifact.namespace,
    principal: 'operator',
    name: artifact.name,
    version: artifact.version,
    contentDigest: artifact.contentDigest,
    selector: { zone: 'eu-1' },
    size: artifact.size,
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    idempotencyKey,
  });
  return rolloutId;
}

/** Records a durable copy at a seeder. */
export async function putDurableCopy(
  db: Queries,
  artifact: artifacts.ArtifactView,
  seederId: string,
): Promise<void> {
  await copies.put(db, {
    namespace: artifact.namespace,
    contentDigest: artifact.contentDigest,
    seederId,
    state: 'durable',
  });
}
