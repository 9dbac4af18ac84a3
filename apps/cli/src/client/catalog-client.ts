import {
  ArtifactServiceDefinition,
  FleetServiceDefinition,
  RolloutServiceDefinition,
  SwarmServiceDefinition,
  UploadServiceDefinition,
} from '@shoal/contracts';
import {
  type GrpcChannel,
  type GrpcClient,
  type OptionValues,
  type Telemetry,
  createGrpcChannel,
  tlsFromFiles,
} from '@shoal/service';
import type { clientOptions } from './client-options.ts';

/** The catalog's services as a client sees them, and channels to the services it names. */
export interface CatalogClient {
  readonly namespace: string;
  readonly artifacts: GrpcClient<typeof ArtifactServiceDefinition>;
  readonly uploads: GrpcClient<typeof UploadServiceDefinition>;
  readonly rollouts: GrpcClient<typeof RolloutServiceDefinition>;
  readonly swarms: GrpcClient<typeof SwarmServiceDefinition>;
  readonly fleet: GrpcClient<typeof FleetServiceDefinition>;
  /** A channel to another service of the platform, with the same certificates. The caller closes it. */
  connect(endpoint: string): GrpcChannel;
  close(): void;
}

/** What a client needs to know of a platform. */
export type CatalogClientInit = Pick<
  OptionValues<typeof clientOptions>,
  'catalog' | 'namespace' | 'tlsCa' | 'tlsCert' | 'tlsKey'
>;

/** Opens a client. Connects when first used. */
export function createCatalogClient(
  components: { readonly telemetry: Telemetry },
  init: CatalogClientInit,
): CatalogClient {
  const tls = tlsFromFiles({ ca: init.tlsCa, cert: init.tlsCert, key: init.tlsKey });
  const connect = (endpoint: string): GrpcChannel => createGrpcChannel(components, { endpoint, tls });
  const channel = connect(init.catalog);
  return {
    namespace: init.namespace,
    artifacts: channel.client(ArtifactServiceDefinition),
    uploads: channel.client(UploadServiceDefinition),
    rollouts: channel.client(RolloutServiceDefinition),
    swarms: channel.client(SwarmServiceDefinition),
    fleet: channel.client(FleetServiceDefinition),
    connect,
    close: () => channel.close(),
  };
}
