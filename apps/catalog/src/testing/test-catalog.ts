import { randomUUID } from 'node:crypto';
import {
  ArtifactServiceDefinition,
  type CompleteUploadRequest,
  FleetServiceDefinition,
  MemberRole,
  RolloutServiceDefinition,
  SwarmServiceDefinition,
  UploadServiceDefinition,
} from '@shoal/contracts';
import { createPgliteDatabase, type Database, uploads } from '@shoal/database';
import { encodeManifest } from '@shoal/fleet';
import { createInProcessBus, type EventBus } from '@shoal/messaging';
import type { ManifestEntry, MetainfoFormat } from '@shoal/protocol';
import {
  createGrpcChannel,
  createLogger,
  createSigner,
  generatePrivateKey,
  type GrpcChannel,
  type GrpcClient,
  loadOptions,
  type Signer,
  startTelemetry,
  type Telemetry,
} from '@shoal/service';
import { options } from '../options.ts';
import { type CatalogService, createService } from '../service.ts';
import { assignProfile, profileColumns } from '../uploads/profiles.ts';
import { makeBuild, type TestBuild, type TestBuildInit } from './test-build.ts';

/** A catalog on loopback, with clients of its API. */
export interface TestCatalog {
  readonly service: CatalogService;
  readonly database: Database;
  readonly bus: EventBus;
  readonly signer: Signer;
  readonly telemetry: Telemetry;
  readonly channel: GrpcChannel;
  readonly artifacts: GrpcClient<typeof ArtifactServiceDefinition>;
  readonly uploads: GrpcClient<typeof UploadServiceDefinition>;
  readonly rollouts: GrpcClient<typeof RolloutServiceDefinition>;
  readonly swarms: GrpcClient<typeof SwarmServiceDefinition>;
  readonly fleet: GrpcClient<typeof FleetServiceDefinition>;
  stop(): Promise<void>;
}

/** What a catalog of a test keeps its things in. */
export interface TestStores {
  readonly database: Database;
  readonly bus: EventBus;
}

function embeddedStores(): TestStores {
  return { database: createPgliteDatabase(), bus: createInProcessBus({ report: () => undefined }) };
}

/** Starts a catalog on an empty database; it closes the stores when it stops. */
export async function startCatalog({ database, bus }: TestStores = embeddedStores()): Promise<TestCatalog> {
  const telemetry = startTelemetry({ service: 'catalog', version: '0', instance: 'test' });
  const logger = createLogger({ service: 'catalog', level: 'silent' });
  const signer = createSigner(generatePrivateKey());
  const flags = { listen: '127.0.0.1:0', httpListen: '127.0.0.1:0', trackers: ['tracker:1'] };
  const config = loadOptions(options, { flags, envPrefix: '' });
  const service = createService({ logger, telemetry, database, bus, signer }, config);
  await service.start();
  const channel = createGrpcChannel({ telemetry }, { endpoint: service.addresses?.grpc ?? '' });
  return {
    service,
    database,
    bus,
    signer,
    telemetry,
    channel,
    artifacts: channel.client(ArtifactServiceDefinition),
    uploads: channel.client(UploadServiceDefinition),
    rollouts: channel.client(RolloutServiceDefinition),
    swarms: channel.client(SwarmServiceDefinition),
    fleet: channel.client(FleetServiceDefinition),
    async stop() {
      channel.close();
      await service.stop();
      await bus.close();
      await database.close();
      await telemetry.shutdown();
    },
  };
}

/** Registers an agent with labels. */
export async function helloAgent(
  { fleet }: TestCatalog,
  hostId: string,
  labels: Record<string, string> = {},
): Promise<void> {
  await fleet.hello({ namespace: 'default', role: MemberRole.MEMBER_ROLE_AGENT, hostId, labels });
}

/** Registers a seeder where nobody listens; returns its seedings revision. */
export async function helloSeeder({ fleet }: TestCatalog, hostId: string, filesUrl = ''): Promise<bigint> {
  const { seedingsRevision } = await fleet.hello({
    namespace: 'default',
    role: MemberRole.MEMBER_ROLE_SEEDER,
    hostId,
    endpoint: '127.0.0.1:1',
    filesUrl,
    freeBytes: 1_000_000_000_000n,
  });
  return seedingsRevision;
}

/** An upload that a seeder has staged. */
export interface StagedUpload {
  readonly uploadId: string;
  readonly ticket: string;
  /** What the seeder reports. */
  readonly report: (metainfo: Uint8Array) => AsyncIterable<CompleteUploadRequest>;
}

/** Opens an upload as CreateUpload does, once its seeder has taken it; `entries` as the client gave them. */
export async function openUpload(
  { database, signer }: TestCatalog,
  seederId: string,
  {
    name,
    version,
    format,
  }: { readonly name: string; readonly version: string; readonly format?: MetainfoFormat },
  entries: readonly ManifestEntry[],
): Promise<StagedUpload> {
  const uploadId = randomUUID();
  const namespace = 'default';
  await uploads.open(database.db, {
    uploadId,
    namespace,
    name,
    version,
    principal: 'anonymous',
    labels: { built: 'test' },
    manifest: encodeManifest(entries),
    manifestDigest: Buffer.alloc(32, uploadId),
    size: 1n,
    ...profileColumns(assignProfile(entries, namespace, format)),
    seederId,
  });
  const expiresAt = new Date(Date.now() + 60_000);
  const ticket = signer.signTicket({ uploadId, namespace, seederId, principal: 'anonymous', expiresAt });
  return { uploadId, ticket, report: (metainfo) => completeMessages(ticket, metainfo) };
}

/** The messages of a CompleteUpload. */
export async function* completeMessages(
  ticket: string,
  metainfo: Uint8Array,
): AsyncGenerator<CompleteUploadRequest> {
  yield { part: { $case: 'header', value: { ticket } } };
  for (let offset = 0; offset < metainfo.length; offset += 1_000) {
    yield await Promise.resolve({
      part: { $case: 'metainfo', value: metainfo.subarray(offset, offset + 1_000) },
    } as const);
  }
}

/** Publishes a build through CompleteUpload, as the seeder `seeder-1` reports it. */
export async function publishBuild(
  catalog: TestCatalog,
  init: TestBuildInit & { readonly version: string },
): Promise<TestBuild> {
  const build = makeBuild(init);
  await helloSeeder(catalog, 'seeder-1');
  const upload = await openUpload(catalog, 'seeder-1', init, build.entries);
  await catalog.uploads.completeUpload(upload.report(build.metainfo));
  return build;
}
