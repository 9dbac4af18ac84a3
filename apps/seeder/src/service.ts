import { SeederServiceDefinition } from '@shoal/contracts';
import { createMemberService } from '@shoal/fleet';
import {
  type AddressedService,
  createGrpcServer,
  createHttpServer,
  serveUntilStopped,
  type Tls,
} from '@shoal/service';
import { STOP_GRACE_MS } from './constants.ts';
import { advertisedFilesUrl } from './files/advertised-files-url.ts';
import { CONTENT_PREFIX } from './files/content-path.ts';
import type { SeederConfig } from './options.ts';
import { type SeederComponents, startSeeder } from './seeder.ts';

/** Where a running seeder is reached, as host:port unless it says otherwise. */
export interface SeederAddresses {
  readonly grpc: string;
  readonly http: string;
  /** Where peers connect to. */
  readonly peers: string;
  /** Base URL of the files as others are told it; empty when they are told none. */
  readonly filesUrl: string;
}

/** A seeder as a service. */
export type SeederService = AddressedService<SeederAddresses>;

/**
 * Makes a seeder.
 * @throws ShoalError SHOAL_SERVICE_HOST_ID
 */
export function createService(components: SeederComponents, config: SeederConfig): SeederService {
  return createMemberService(config, (tls, stack) => serveSeeder(components, config, tls, stack));
}

async function serveSeeder(
  components: SeederComponents,
  config: SeederConfig,
  tls: Tls | undefined,
  stack: AsyncDisposableStack,
): Promise<SeederAddresses> {
  const { listen, httpListen, insecure } = config;
  const seeder = await startSeeder(components, config, tls, stack);

  const httpServer = createHttpServer(components, { listen: httpListen, insecure, tls });
  if (config.serveFiles) httpServer.route('GET', `${CONTENT_PREFIX}*`, seeder.files);
  const http = await serveUntilStopped(httpServer, STOP_GRACE_MS, stack);

  const grpcServer = createGrpcServer(components, { listen, insecure, tls });
  grpcServer.add(SeederServiceDefinition, seeder.api);
  const grpc = await serveUntilStopped(grpcServer, STOP_GRACE_MS, stack);

  // The catalog sends uploads as soon as it knows us.
  const filesUrl = advertisedFilesUrl(config, http, tls !== undefined);
  if (config.serveFiles && filesUrl === '')
    components.logger.warn('stock clients are not told of files over HTTP: --advertise-files-url is missing');
  const membership = seeder.register({ grpc: config.advertise ?? grpc, filesUrl });
  stack.defer(() => membership.stop());
  membership.start();
  const addresses = { grpc, http, peers: seeder.peers, filesUrl };
  components.logger.info(addresses, 'seeder listens');
  return addresses;
}
