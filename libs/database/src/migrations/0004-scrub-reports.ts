import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What hosts say of the artifacts they hold at rest. */
export const scrubReports: Migration = {
  async up(db) {
    // Null: the host does not verify them, or has not said so yet.
    await sql.raw(`alter table hosts add column scrub jsonb`).execute(db);
  },
};
