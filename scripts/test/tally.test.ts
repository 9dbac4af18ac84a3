import { describe, expect, it } from 'vitest';
import { add, NOTHING, summary, withoutSkips } from './tally.ts';
import { tallyOf } from './vitest-stage.ts';

describe('the summary', () => {
  it('names skips only when there are any', () => {
    expect(summary({ passed: 3, failed: 0, skipped: 0 })).toBe('3 passed, 0 failed');
    expect(summary({ passed: 3, failed: 1, skipped: 2 })).toBe('3 passed, 1 failed, 2 skipped');
  });

  it('counts skips as failures where all is required', () => {
    const tally = add(add(NOTHING, { passed: 3, failed: 1, skipped: 2 }), {
      passed: 1,
      failed: 0,
      skipped: 0,
    });
    expect(summary(withoutSkips(tally))).toBe('4 passed, 3 failed');
  });
});

describe('a run of Vitest', () => {
  const report = { numPassedTests: 5, numFailedTests: 0, numPendingTests: 1, numTodoTests: 1 };

  it('counts tests', () => {
    expect(tallyOf(report, 0)).toEqual({ passed: 5, failed: 0, skipped: 2 });
  });

  it('fails when Vitest does, even if every test passed', () => {
    expect(tallyOf(report, 1)).toEqual({ passed: 5, failed: 1, skipped: 2 });
    expect(tallyOf({ ...report, numFailedTests: 4 }, 1).failed).toBe(4);
  });

  it('fails when there is no report', () => {
    expect(tallyOf(undefined, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});
