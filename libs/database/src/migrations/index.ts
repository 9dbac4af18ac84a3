import type { Migration } from 'kysely/migration';
import { initial } from './0001-initial.ts';
import { supersededRollouts } from './0002-superseded-rollouts.ts';
import { sideSwarms } from './0003-side-swarms.ts';
import { scrubReports } from './0004-scrub-reports.ts';

/**
 * Every step from an empty database to this build's schema, in order of its name. A step that was released is never
 * changed; there is no way down but a backup.
 */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-initial': initial,
  '0002-superseded-rollouts': supersededRollouts,
  '0003-side-swarms': sideSwarms,
  '0004-scrub-reports': scrubReports,
};
