import { join, resolve } from 'node:path';
import { type AgentServiceImplementation, MemberRole, type StatusResponse } from '@shoal/contracts';
import {
  createMembership,
  createScrubber,
  freeBytes,
  scrubberInit,
  startSwarmHost,
  type TreeAtRest,
  type TreesAtRest,
  type UnitRandom,
} from '@shoal/fleet';
import { createNatsBus, type EventBus } from '@shoal/messaging';
import { type Components, software, systemClock, type Tls } from '@shoal/service';
import type { DirectoryStoreComponents } from '@shoal/session';
import { createFetcher } from './fetch/fetcher.ts';
import { checkWebSeeds, originAuthorities } from './fetch/web-seeds.ts';
import { createSwarmResolver } from './fetch/resolve-swarm.ts';
import { ABANDONED_AFTER_MS } from './constants.ts';
import { createHostWork } from './host.ts';
import { createAgentApi } from './local/agent-api.ts';
import { trafficMessage } from './local/traffic-message.ts';
import { createAgentMetrics } from './metrics.ts';
import { type AgentConfig, seedLimits } from './options.ts';
import { createDirectiveSource } from './reconcile/directive-source.ts';
import { createReconciler } from './reconcile/reconciler.ts';
import { PartFetcher } from './partial/part-fetcher.ts';
import { createProgressFeed } from './report/progress-feed.ts';
import { createReporter } from './report/reporter.ts';
import { type Layout, openLayout, partPath, publishedPath } from './store/layout.ts';
import { hasPart } from './store/parts.ts';
import { isPublished } from './store/publish.ts';
import { createArtifactStreams } from './stream/artifact-streams.ts';
import { sweepIncoming } from './store/sweep-incoming.ts';

/** What an agent is given. */
export interface AgentComponents extends Components {
  /** The event bus; made from the option `nats` unless given. */
  readonly bus?: EventBus;
  /** Hashing threads and read cache, where several agents share a process. */
  readonly store?: DirectoryStoreComponents;
}

/** An agent at work. */
export interface Agent {
  readonly api: AgentServiceImplementation;
  /** Absolute path. */
  readonly dataDir: string;
  /** host:port that peers connect to. */
  readonly peers: string;
}

/** Puts the parts of an agent together and starts them; `stack` stops them in reverse. */
export async function startAgent(
  components: AgentComponents,
  config: AgentConfig,
  tls: Tls | undefined,
  stack: AsyncDisposableStack,
): Promise<Agent> {
  const { clock = systemClock } = components;
  const random: UnitRandom = () => Math.random();
  const { namespace, hostId } = config;
  const identity = { namespace, hostId };
  const layout = await openLayout(config.dataDir);
  const bus = components.bus ?? connectBus(components, config, tls, stack);
  const swarms = await startSwarmHost(
    { ...components, clock, random },
    {
      ...config,
      role: 'agent',
      tls,
      meta: layout.meta,
      onReported: ({ contentDigest }) => scrubber.suspect(contentDigest),
      originAuthorities: originAuthorities(config),
    },
    stack,
  );
  const shared = {
    ...components,
    ...swarms,
    bus,
    clock,
    random,
    layout,
    metrics: createAgentMetrics(components.telemetry),
  };

  const trees = treesAtRest(layout, (record, init) => parts.repair(record, init));
  const scrubber = createScrubber(
    { ...shared, trees, seed: (record) => fetcher.seed(record) },
    scrubberInit(config, layout),
  );
  await scrubber.load();
  const resolver = createSwarmResolver(shared, identity);
  const fetching = {
    maxFetches: config.maxFetches,
    noProgressMs: config.stallTimeout,
    webSeeds: checkWebSeeds(config.webSeeds),
  };
  const fetcher = createFetcher(
    { ...shared, resolver, scrubber },
    { ...fetching, seedLimits: seedLimits(config), takeSwarm: (digest) => parts.yieldSwarm(digest) },
  );
  const parts = new PartFetcher({ ...shared, resolver, fetcher }, fetching);
  const streams = createArtifactStreams({ ...shared, scrubber }, { readTimeoutMs: config.stallTimeout });
  const reporter = createReporter(shared, { path: join(layout.state, 'reports.json') });
  const progress = createProgressFeed(shared, identity);
  const work = createHostWork({ ...shared, fetcher, reporter, progress }, identity);
  const reconciler = createReconciler({ ...shared, work }, { path: join(layout.state, 'directives.json') });
  const source = createDirectiveSource(shared, {
    host: identity,
    pollIntervalMs: config.pollInterval,
    onDirectives: (directives) => reconciler.accept(directives),
  });
  const membership = createMembership(shared, {
    ...config,
    role: MemberRole.MEMBER_ROLE_AGENT,
    software: software(),
    endpoint: '',
    freeBytes: () => freeBytes(layout.store),
    applied: () => reconciler.applied(),
    scrub: () => scrubber.report(),
    onWelcome: () => undefined,
  });

  stack.defer(() => reporter.stop());
  await reporter.start();
  await sweepIncoming(layout, clock.now() - ABANDONED_AFTER_MS);
  await fetcher.resumeSeeding();
  stack.defer(() => scrubber.stop());
  scrubber.start();
  stack.defer(() => reconciler.stop());
  await reconciler.start();
  stack.defer(() => source.stop());
  source.start();
  stack.defer(() => membership.stop());
  membership.start();

  const startedAt = new Date(clock.now());
  const status = async (): Promise<StatusResponse> => ({
    hostId,
    software: software(),
    catalogReachable: membership.reachable,
    busReachable: bus?.connected === true,
    trackerReachable: swarms.trackerReachable(),
    activeTransfers: fetcher.active + parts.active,
    freeBytes: BigInt(await freeBytes(layout.store)),
    startedAt,
    traffic: trafficMessage(swarms.accounts()),
  });
  const api = createAgentApi(
    { ...shared, resolver, fetcher, parts, streams, reconciler, scrubber, trees, status },
    identity,
  );
  return { api, dataDir: resolve(config.dataDir), peers: swarms.peers };
}

function treesAtRest(layout: Layout, repairPart: NonNullable<TreeAtRest['repairPart']>): TreesAtRest {
  return {
    async find(digest) {
      if (await isPublished(layout, digest)) return { root: publishedPath(layout, digest) };
      return (await hasPart(layout, digest)) ? { root: partPath(layout, digest), repairPart } : undefined;
    },
  };
}

/** The bus of an agent that runs by itself; without servers it polls the catalog. */
function connectBus(
  { logger }: AgentComponents,
  { nats, hostId }: AgentConfig,
  tls: Tls | undefined,
  stack: AsyncDisposableStack,
): EventBus | undefined {
  if (nats.length === 0) return undefined;
  const bus = createNatsBus(
    { report: ({ kind, ...fields }) => logger.info(fields, `event bus: ${kind}`) },
    { servers: nats, name: `agent ${hostId}`, ...(tls && nats.some(usesTls) && { tls: natsTls(tls) }) },
  );
  stack.defer(() => bus.close());
  return bus;
}

function usesTls(server: string): boolean {
  return server.startsWith('tls://');
}

function natsTls({ ca, identity }: Tls) {
  return {
    ...(ca && { ca: ca.toString() }),
    ...(identity && { cert: identity.cert.toString(), key: identity.key.toString() }),
  };
}
