import type { CatalogComponents } from '../components.ts';
import type { SeederConnections } from '../uploads/seeder-connections.ts';

/** What the parts of the swarm service work with. */
export interface SwarmComponents extends CatalogComponents {
  readonly seeders: SeederConnections;
  /** Milliseconds that a side swarm is kept from the last time it was asked for or exported. */
  readonly sideSwarmLifetimeMs: number;
}
