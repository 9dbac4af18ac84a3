import { join } from 'node:path';
import { createPostgresDatabase, type Database } from '@shoal/database';
import { createNatsBus, type EventBus, type NatsTls } from '@shoal/messaging';
import {
  type Components,
  createSignerFromFile,
  type Logger,
  retry,
  type Signer,
  systemClock,
  type Tls,
} from '@shoal/service';
import type { CatalogComponents } from './components.ts';
import { MIGRATION_RETRY } from './constants.ts';
import { CatalogError } from './errors.ts';
import { isTransient } from './transient.ts';
import type { CatalogConfig } from './options.ts';

/** What a catalog is given. What is missing it makes from its options, and closes when it stops. */
export interface CatalogServiceComponents extends Components {
  readonly database?: Database;
  readonly bus?: EventBus;
  readonly signer?: Signer;
}

/**
 * Brings together what the catalog keeps its things in. What it opens is closed by `stack`.
 * @throws CatalogError SHOAL_CATALOG_NO_DATABASE; DatabaseError when the database cannot be reached or migrated
 */
export async function openStores(
  given: CatalogServiceComponents,
  config: CatalogConfig,
  tls: Tls | undefined,
  stack: AsyncDisposableStack,
): Promise<CatalogComponents> {
  const { logger, telemetry, clock = systemClock } = given;
  const database = given.database ?? stack.adopt(openDatabase(config), (opened) => opened.close());
  await migrate(database, logger);
  const bus = given.bus ?? stack.adopt(connectBus(logger, config, tls), (opened) => opened.close());
  const signer = given.signer ?? createSignerFromFile(config.keyFile ?? join(config.dataDir, 'catalog.key'));
  return { logger, telemetry, clock, database, bus, signer };
}

function openDatabase({ database: url }: CatalogConfig): Database {
  if (url === undefined || url === '') {
    throw new CatalogError('SHOAL_CATALOG_NO_DATABASE', 'no database is configured');
  }
  return createPostgresDatabase({ url });
}

async function migrate(database: Database, logger: Logger): Promise<void> {
  await retry(
    async (attempt) => {
      if (attempt === 2) logger.warn('the database does not answer yet; trying again');
      await database.migrate();
    },
    { ...MIGRATION_RETRY, random: Math.random, retryable: isTransient },
  );
}

/** Connects in the background: the catalog serves while the bus is away. */
function connectBus(logger: Logger, { nats: servers }: CatalogConfig, tls: Tls | undefined): EventBus {
  return createNatsBus(
    { report: ({ kind, ...fields }) => logger.info(fields, `event bus: ${kind}`) },
    { servers, name: 'shoal catalog', ...(tls && servers.some(usesTls) && { tls: natsTls(tls) }) },
  );
}

function usesTls(server: string): boolean {
  return server.startsWith('tls://');
}

function natsTls({ ca, identity }: Tls): NatsTls {
  return {
    ...(ca && { ca: ca.toString() }),
    ...(identity && { cert: identity.cert.toString(), key: identity.key.toString() }),
  };
}
