import type { Database } from '@shoal/database';
import { afterAll, beforeAll, describe } from 'vitest';
import { artifactContract } from './artifacts.contract.ts';
import { connectionContract } from './connection.contract.ts';
import { hostContract } from './hosts.contract.ts';
import { leaseContract } from './leases.contract.ts';
import { outboxContract } from './outbox.contract.ts';
import { rolloutContract } from './rollouts.contract.ts';
import { sideSwarmContract } from './side-swarms.contract.ts';
import { uploadContract } from './uploads.contract.ts';

/**
 * What every database adapter must do. `open` gives an empty database that is not migrated yet; the suite migrates it and
 * closes it at the end.
 */
export function databaseContract(name: string, open: () => Promise<Database>): void {
  describe(name, () => {
    let database: Database | undefined;
    beforeAll(async () => {
      database = await open();
      await database.migrate();
    });
    afterAll(() => database?.close());

    const current = (): Database => {
      if (database === undefined) throw new Error('the database is not open yet');
      return database;
    };
    connectionContract(current);
    artifactContract(current);
    sideSwarmContract(current);
    uploadContract(current);
    hostContract(current);
    rolloutContract(current);
    outboxContract(current);
    leaseContract(current);
  });
}
