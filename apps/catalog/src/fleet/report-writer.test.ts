import { createPgliteDatabase, type rolloutTargets } from '@shoal/database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_WAITING_REPORTS } from '../constants.ts';
import { createRolloutSignals } from '../rollouts/rollout-signals.ts';
import { createReportWriter } from './report-writer.ts';

describe('writing reports', () => {
  const database = createPgliteDatabase();
  beforeAll(() => database.migrate());
  afterAll(() => database.close());

  const writer = createReportWriter({ database, signals: createRolloutSignals() });

  it('tells only the one whose report the database refuses', async () => {
    const results = await Promise.allSettled(
      [said('a'), said('b', 'no text with \u0000 in it'), said('c')].map((report) => writer.write(report)),
    );
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('takes no more than it can hold', async () => {
    const taken = Array.from({ length: MAX_WAITING_REPORTS + 1_000 }, (_, index) =>
      writer.write(said(`h${index}`)),
    );
    const results = await Promise.allSettled(taken);
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.reason).toMatchObject({ code: 'SHOAL_CATALOG_BUSY' });
    await expect(writer.write(said('later'))).resolves.toBeUndefined();
  });
});

/** A report of a rollout that is not in the database: old news, for all that can be told. */
function said(hostId: string, errorMessage = ''): rolloutTargets.TargetReport {
  return {
    namespace: 'default',
    rolloutId: 'r',
    hostId,
    revision: 1n,
    state: 'activated',
    transfer: null,
    errorCode: '',
    errorMessage,
    verifiedDigest: null,
    reportedAt: new Date(1),
  };
}
