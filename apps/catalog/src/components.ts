import type { Database } from '@shoal/database';
import type { EventBus } from '@shoal/messaging';
import type { Clock, Logger, Signer, Telemetry } from '@shoal/service';

/** What the parts of the catalog work with. */
export interface CatalogComponents {
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly database: Database;
  readonly bus: EventBus;
  readonly signer: Signer;
}
