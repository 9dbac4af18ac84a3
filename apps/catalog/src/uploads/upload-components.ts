import type { Verifier } from '@shoal/service';
import type { CatalogComponents } from '../components.ts';
import type { SeederConnections } from './seeder-connections.ts';
import type { SeederPolicy } from './seeder-policy.ts';

/** What the parts of the upload path work with. */
export interface UploadComponents extends CatalogComponents {
  readonly seeders: SeederConnections;
  readonly seederPolicy: SeederPolicy;
  /** Checks the tickets that this catalog, or another with its key, has signed. */
  readonly verifier: Verifier;
  /** Called after a commit that wrote to the outbox. */
  readonly wakeOutbox: () => void;
}
