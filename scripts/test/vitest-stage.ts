import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { node, ROOT, runCommand } from '../run-command.ts';
import type { Tally } from './tally.ts';

/** The counts of Vitest's JSON report. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
}

/** Runs one project of vitest.config.ts with its own reporter, and counts. */
export async function runVitest(
  project: string,
  env: Readonly<Record<string, string>>,
  deadline: number,
): Promise<Tally> {
  const reportFile = join(ROOT, '.cache', 'test', `${project}.json`);
  await mkdir(dirname(reportFile), { recursive: true });
  await rm(reportFile, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  const vitest = node('node_modules/vitest/vitest.mjs', 'run', '--project', project, ...reporters);
  const { code, timedOut } = await runCommand({ ...vitest, env, deadline, live: true });
  if (timedOut) process.stdout.write(`✗ ${project}: not done after ${deadline / 1000} s, killed\n`);
  return tallyOf(await readReport(reportFile), code);
}

/**
 * What a report and an exit code say together. A file that could not be loaded or an error between two tests fails
 * the run without failing a test, and a run that was killed leaves no report: each counts as one failure.
 */
export function tallyOf(report: Report | undefined, exitCode: number): Tally {
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const failed = exitCode === 0 ? report.numFailedTests : Math.max(1, report.numFailedTests);
  return { passed: report.numPassedTests, failed, skipped: report.numPendingTests + report.numTodoTests };
}

async function readReport(file: string): Promise<Report | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Report;
  } catch {
    return undefined;
  }
}
