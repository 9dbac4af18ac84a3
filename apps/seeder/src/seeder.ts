import {
  MemberRole,
  type SeederServiceImplementation,
  SwarmServiceDefinition,
  UploadServiceDefinition,
} from '@shoal/contracts';
import {
  createMembership,
  createScrubber,
  freeBytes,
  type Membership,
  type Scrubber,
  scrubberInit,
  startSwarmHost,
  type UnitRandom,
} from '@shoal/fleet';
import {
  type Components,
  createVerifierFromFile,
  type HttpHandler,
  software,
  systemClock,
  type Tls,
} from '@shoal/service';
import type { DirectoryStoreComponents } from '@shoal/session';
import { createCompletion } from './completion/completion.ts';
import { createFileServer } from './files/file-server.ts';
import { createUploads } from './ingest/uploads.ts';
import { openLayout } from './layout.ts';
import type { SeederConfig } from './options.ts';
import { createSeederApi } from './seeder-api.ts';
import { createSeedings } from './seeding/seedings.ts';
import { createTrees, type Trees } from './seeding/trees.ts';
import { createSideSwarms } from './side-swarms/side-swarms.ts';

/** What a seeder is given. */
export interface SeederComponents extends Components {
  /** Hashing threads and read cache, where several services share a process. */
  readonly store?: DirectoryStoreComponents;
}

/** A seeder at work. */
export interface Seeder {
  readonly api: SeederServiceImplementation;
  /** Answers requests for files of complete artifacts. */
  readonly files: HttpHandler;
  /** host:port that peers connect to. */
  readonly peers: string;
  /** Makes the seeder known to the catalog. */
  register(endpoints: SeederEndpoints): Membership;
}

/** Where others reach a seeder. */
export interface SeederEndpoints {
  /** host:port of the gRPC API. */
  readonly grpc: string;
  /** Base URL of its files over HTTP; empty when it serves none. */
  readonly filesUrl: string;
}

/** Trees of which the scrubber hears when a verified one is taken over. */
function withScrubber(trees: Trees, scrubber: Pick<Scrubber, 'published'>): Trees {
  return {
    ...trees,
    async adopt(digest, from) {
      await trees.adopt(digest, from);
      await scrubber.published(digest);
    },
  };
}

/** Puts the parts of a seeder together and starts them; `stack` stops them in reverse. */
export async function startSeeder(
  components: SeederComponents,
  config: SeederConfig,
  tls: Tls | undefined,
  stack: AsyncDisposableStack,
): Promise<Seeder> {
  const { clock = systemClock } = components;
  const random: UnitRandom = () => Math.random();
  const verifier = createVerifierFromFile(config.catalogPublicKey);
  const layout = await openLayout(config.dataDir);
  const swarms = await startSwarmHost(
    { ...components, clock, random },
    {
      ...config,
      localDiscovery: config.lsd,
      role: 'seeder',
      tls,
      meta: layout.meta,
      onReported: ({ contentDigest }) => scrubber.suspect(contentDigest),
    },
    stack,
  );
  const trees = createTrees(layout);
  const shared = { ...components, ...swarms, clock, random, trees, verifier, pool: swarms.store.pool };

  const scrubber = createScrubber(
    { ...shared, seed: (record) => seedings.serve(record) },
    scrubberInit(config, layout),
  );
  await scrubber.load();
  const seedings = createSeedings({ ...shared, scrubber }, config);
  stack.defer(() => seedings.stop());
  const catalog = swarms.catalog.client(UploadServiceDefinition);
  const sideSwarms = createSideSwarms(
    { ...shared, swarms: swarms.catalog.client(SwarmServiceDefinition), seedings },
    config,
  );
  stack.defer(() => sideSwarms.stop());
  const completion = createCompletion({ ...shared, catalog, seedings }, { uploads: () => uploads.all() });
  stack.defer(() => completion.stop());
  const uploads = createUploads(
    { ...shared, completion, trees: withScrubber(trees, scrubber) },
    { directory: layout.uploads, maxUploads: config.maxUploads, expiryMs: config.uploadExpiry },
  );
  stack.defer(() => uploads.stop());
  await seedings.start();
  await uploads.start();
  stack.defer(() => scrubber.stop());
  scrubber.start();

  const api = createSeederApi({ ...shared, uploads, completion, seedings, sideSwarms, scrubber }, config);
  const register = ({ grpc: endpoint, filesUrl }: SeederEndpoints): Membership =>
    createMembership(shared, {
      ...config,
      role: MemberRole.MEMBER_ROLE_SEEDER,
      software: software(),
      endpoint,
      filesUrl,
      freeBytes: () => freeBytes(layout.store),
      applied: () => [],
      scrub: () => scrubber.report(),
      onWelcome: ({ seedingsRevision, swarmsToMake }) => {
        seedings.onRevision(seedingsRevision);
        if (swarmsToMake) sideSwarms.look();
      },
    });
  const files = createFileServer(
    {
      ...shared,
      isServed: ({ digest, name }) => !scrubber.damaged.has(digest) && seedings.isServed(digest, name),
    },
    { uploadLimit: config.fileUploadLimit },
  );
  return { api, files, peers: swarms.peers, register };
}
