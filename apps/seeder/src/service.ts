import { SeederServiceDefinition } from '@shoal/contracts';
import { checkHostId } from '@shoal/fleet';
import {
  type AddressedService,
  createGrpcServer,
  createHttpServer,
  createStackService,
  tlsFromFiles,
} from '@shoal/service';
import { STOP_GRACE_MS } from './constants.ts';
import { advertisedFilesUrl } from './files/advertised-files-url.ts';
import { CONTENT_PREFIX } from './files/content-path.ts';
import type { SeederConfig } from './options.ts';
import { type SeederComponents, startSeeder } from './seeder.ts';

/** Where a running seeder is reached, each as host:port. */
export interface SeederAddresses {
  readonly grpc: string;
  readonly http: string;
  /** Where peers connect to. */
  readonly peers: string;
}

/** A seeder as a service. */
export type SeederService = AddressedService<SeederAddresses>;

/**
 * Makes a seeder.
 * @throws ShoalError SHOAL_SERVICE_HOST_ID
 */
export function createService(components: SeederComponents, config: SeederConfig): SeederService {
  checkHostId(config.hostId);
  return createStackService((stack) => serveSeeder(components, config, stack));
}

async function serveSeeder(
  components: SeederComponents,
  config: SeederConfig,
  stack: AsyncDisposableStack,
): Promise<SeederAddresses> {
  const { listen, httpListen, insecure, tlsCert: cert, tlsKey: key, tlsCa: ca } = config;
  const tls = tlsFromFiles({ cert, key, ca });
  const seeder = await startSeeder(components, config, stack);

  const http = createHttpServer(components, { listen: httpListen, insecure, tls });
  if (config.serveFiles) http.route('GET', `${CONTENT_PREFIX}*`, seeder.files);
  stack.defer(() => http.stop(STOP_GRACE_MS));
  const { endpoint: httpEndpoint } = await http.start();

  const grpc = createGrpcServer(components, { listen, insecure, tls });
  grpc.add(SeederServiceDefinition, seeder.api);
  stack.defer(() => grpc.stop(STOP_GRACE_MS));
  const { endpoint } = await grpc.start();
  grpc.setServing(SeederServiceDefinition.fullName, true);

  // The catalog sends uploads as soon as it knows us.
  const filesUrl = advertisedFilesUrl(config, httpEndpoint, tls !== undefined);
  if (config.serveFiles && filesUrl === '')
    components.logger.warn('stock clients are not told of files over HTTP: --advertise-files-url is missing');
  const membership = seeder.register({ grpc: config.advertise ?? endpoint, filesUrl });
  stack.defer(() => membership.stop());
  membership.start();
  const addresses = { grpc: endpoint, http: httpEndpoint, peers: seeder.peers };
  components.logger.info(addresses, 'seeder listens');
  return addresses;
}
