import { describe, expect, it } from 'vitest';
import { CORRUPT_REPORTERS, MAX_REPORTED_PEERS } from '../constants.ts';
import { CorruptionReports } from './corruption-reports.ts';

describe('reports of corrupt peers', () => {
  it('count once for each host that makes them, and not for oneself', () => {
    const reports = new CorruptionReports();
    for (let time = 0; time < 5; time++) reports.add('host a', 'host bad');
    reports.add('host bad', 'host bad');
    expect(reports.isCorrupt('host bad')).toBe(false);
    for (let host = 1; host < CORRUPT_REPORTERS; host++) reports.add(`host ${host}`, 'host bad');
    expect(reports.isCorrupt('host bad')).toBe(true);
    expect(reports.isCorrupt('host a')).toBe(false);
  });

  it('are kept of so many peers, the latest', () => {
    const reports = new CorruptionReports();
    for (let reporter = 0; reporter < CORRUPT_REPORTERS; reporter++) reports.add(`host ${reporter}`, 'first');
    for (let peer = 0; peer < MAX_REPORTED_PEERS; peer++) reports.add('host a', `peer ${peer}`);
    expect(reports.isCorrupt('first')).toBe(false);
  });
});
