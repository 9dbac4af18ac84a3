import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** A rollout whose open hosts a later one took is neither completed nor failed. */
const STATEMENTS: readonly string[] = [
  `alter table rollouts drop constraint rollouts_state_check`,
  `alter table rollouts add constraint rollouts_state_check
    check (state in ('running', 'completed', 'failed', 'superseded'))`,
];

export const supersededRollouts: Migration = {
  async up(db) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
