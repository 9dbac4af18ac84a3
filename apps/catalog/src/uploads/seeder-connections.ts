import { type HostRow } from '@shoal/database';
import { SeederServiceDefinition } from '@shoal/contracts';
import {
  createGrpcChannel,
  type GrpcChannel,
  type GrpcClient,
  type Telemetry,
  type Tls,
} from '@shoal/service';

/** A seeder's API as the catalog calls it. */
export type SeederClient = GrpcClient<typeof SeederServiceDefinition>;

/** Connections to seeders, one each, kept open. */
export interface SeederConnections {
  to(seeder: Pick<HostRow, 'hostId' | 'endpoint' | 'namespace'>): SeederClient;
  close(): void;
}

interface Connection {
  readonly endpoint: string;
  readonly channel: GrpcChannel;
  readonly client: SeederClient;
}

/** Makes the connections; each is opened when first used, and replaced when its seeder has moved. */
export function createSeederConnections(
  components: { readonly telemetry: Telemetry },
  tls: Tls | undefined,
): SeederConnections {
  const connections = new Map<string, Connection>();

  function connect(endpoint: string): Connection {
    const channel = createGrpcChannel(components, { endpoint, tls });
    return { endpoint, channel, client: channel.client(SeederServiceDefinition) };
  }

  return {
    to({ namespace, hostId, endpoint }) {
      const key = `${namespace}/${hostId}`;
      const known = connections.get(key);
      if (known?.endpoint === endpoint) return known.client;
      known?.channel.close();
      const connection = connect(endpoint);
      connections.set(key, connection);
      return connection.client;
    },
    close() {
      for (const { channel } of connections.values()) channel.close();
      connections.clear();
    },
  };
}
