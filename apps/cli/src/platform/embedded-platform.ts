import { join } from 'node:path';
import * as agent from '@shoal/agent';
import * as catalog from '@shoal/catalog';
import { createPgliteDatabase } from '@shoal/database';
import { type BusIncident, createInProcessBus } from '@shoal/messaging';
import * as seeder from '@shoal/seeder';
import { type Telemetry, createSignerFromFile } from '@shoal/service';
import { type HashPool, OpenFiles, SpanCache, createHashPool } from '@shoal/session';
import * as tracker from '@shoal/tracker';
import { type CatalogClient, createCatalogClient } from '../client/catalog-client.ts';
import { clientOptions } from '../client/client-options.ts';
import { embeddedConfig } from './embedded-config.ts';
import { Parts } from './parts.ts';
import { waitForAgents } from './wait-for-agents.ts';

/** Any free port, on loopback. */
const ANY_PORT = '127.0.0.1:0';

export interface EmbeddedPlatformInit {
  /** Directory for everything the platform keeps, its log among it. */
  readonly dataDir: string;
  /** host:port of the catalog's gRPC API. */
  readonly listen: string;
  /** host:port of the catalog's HTTP. */
  readonly httpListen: string;
  /** How many agents; they are named agent-1, agent-2, … */
  readonly agents: number;
  /** Bytes per second that each agent and the seeder may send to and receive from peers. */
  readonly uploadLimit: number | undefined;
  readonly downloadLimit: number | undefined;
  /** Whether the seeder serves files over HTTP. */
  readonly serveFiles: boolean;
  readonly otlpEndpoint: string | undefined;
}

/** The whole platform in this process, on loopback. */
export interface EmbeddedPlatform {
  /** host:port of the catalog's gRPC API. */
  readonly catalog: string;
  /** host:port of the catalog's HTTP. */
  readonly catalogHttp: string;
  /** host:port of the tracker's HTTP announces. */
  readonly trackerHttp: string;
  /** Base URL of the seeder's files; empty when it serves none. */
  readonly filesUrl: string;
  readonly agents: readonly { readonly hostId: string; readonly dataDir: string }[];
  readonly client: CatalogClient;
  /** Hashing threads that everyone in the process shares. */
  readonly pool: HashPool;
  /** That of the command line itself. */
  readonly telemetry: Telemetry;
  stop(): Promise<void>;
}

/**
 * Starts catalog, tracker, seeder and agents in this process, over PGlite and the in-process bus, and waits until every
 * agent has said hello.
 * @throws the typed error of the service that cannot start; what had started is stopped again
 */
export async function startEmbeddedPlatform(init: EmbeddedPlatformInit): Promise<EmbeddedPlatform> {
  await using stack = new AsyncDisposableStack();
  const parts = new Parts(init, stack);
  const keyFile = join(init.dataDir, 'catalog.key');
  createSignerFromFile(keyFile);
  const catalogPublicKey = `${keyFile}.pub`;

  const telemetry = parts.telemetry('shoal-cli', 'up');
  const pool = stack.adopt(createHashPool(), (opened) => opened.close());
  const busLogger = parts.logger('bus');
  const report = (incident: BusIncident): void => busLogger.info(incident, 'event bus');
  const bus = stack.adopt(createInProcessBus({ report }), (opened) => opened.close());
  const database = stack.adopt(createPgliteDatabase({ dataDir: join(init.dataDir, 'postgres') }), (opened) =>
    opened.close(),
  );

  const trackerService = await parts.start('tracker', (components) =>
    tracker.createService(
      components,
      embeddedConfig(tracker.options, { listen: ANY_PORT, httpListen: ANY_PORT, catalogPublicKey }),
    ),
  );
  const catalogService = await parts.start('catalog', (components) =>
    catalog.createService(
      { ...components, database, bus },
      embeddedConfig(catalog.options, {
        listen: init.listen,
        httpListen: init.httpListen,
        keyFile,
        trackers: [trackerService.grpc],
        trackerHttpUrl: `http://${trackerService.http}`,
      }),
    ),
  );
  const { uploadLimit, downloadLimit } = init;
  const shared = {
    httpListen: ANY_PORT,
    peerListen: ANY_PORT,
    catalog: catalogService.grpc,
    uploadLimit,
    downloadLimit,
  };
  const store = { pool, cache: new SpanCache(), files: new OpenFiles() };
  const { filesUrl } = await parts.start('seeder', (components) =>
    seeder.createService(
      { ...components, store },
      embeddedConfig(seeder.options, {
        ...shared,
        listen: ANY_PORT,
        hostId: 'seeder-1',
        dataDir: join(init.dataDir, 'seeder-1'),
        catalogPublicKey,
        serveFiles: init.serveFiles,
      }),
    ),
  );
  const agents = Array.from({ length: init.agents }, (_, i) => {
    const hostId = `agent-${i + 1}`;
    return { hostId, dataDir: join(init.dataDir, hostId) };
  });
  await Promise.all(
    agents.map(({ hostId, dataDir }) =>
      parts.start(hostId, (components) =>
        agent.createService(
          { ...components, store, bus },
          embeddedConfig(agent.options, { ...shared, hostId, dataDir }),
        ),
      ),
    ),
  );

  const client = createCatalogClient(
    { telemetry },
    embeddedConfig(clientOptions, { catalog: catalogService.grpc }),
  );
  stack.defer(() => client.close());
  await waitForAgents(client, agents.length);
  const running = stack.move();
  return {
    catalog: catalogService.grpc,
    catalogHttp: catalogService.http,
    trackerHttp: trackerService.http,
    filesUrl,
    agents,
    client,
    pool,
    telemetry,
    stop: () => running.disposeAsync(),
  };
}
