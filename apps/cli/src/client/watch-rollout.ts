import {
  type Rollout,
  rolloutJson,
  RolloutState,
  type RolloutTarget,
  rolloutWord,
  targetJson,
  targetWord,
} from '@shoal/contracts';
import type { CommandEnvironment } from '../command-line/environment.ts';
import { ExitCode } from '../exit-codes.ts';
import { plural } from '../output/format.ts';
import { createLiveView } from '../output/live-view.ts';
import { createTenths } from '../output/tenths.ts';
import { isWorthALine, rolloutFraction, rolloutLines, summaryLines } from '../output/rollout-view.ts';
import type { CatalogClient } from './catalog-client.ts';

/** What a watch ends with, by the state that the rollout was last seen in. */
const EXIT_CODES: Readonly<Partial<Record<RolloutState, ExitCode>>> = {
  [RolloutState.ROLLOUT_STATE_RUNNING]: ExitCode.interrupted,
  [RolloutState.ROLLOUT_STATE_COMPLETED]: ExitCode.ok,
  [RolloutState.ROLLOUT_STATE_FAILED]: ExitCode.rolloutFailed,
  [RolloutState.ROLLOUT_STATE_SUPERSEDED]: ExitCode.rolloutSuperseded,
};

/** Follows a rollout until it is decided or the user interrupts; prints it for people, or as JSON lines. */
export async function watchRollout(
  client: CatalogClient,
  rolloutId: string,
  environment: CommandEnvironment,
  json: boolean,
): Promise<ExitCode> {
  const { terminal, interrupted } = environment;
  const view = createLiveView(terminal);
  const passesTenth = createTenths();
  const targets = new Map<string, RolloutTarget>();
  let rollout: Rollout | undefined;
  try {
    const updates = client.rollouts.watchRollout(
      { namespace: client.namespace, rolloutId },
      { signal: interrupted },
    );
    for await (const update of updates) {
      rollout = update.rollout ?? rollout;
      if (rollout === undefined) continue;
      if (json) {
        terminal.out(
          JSON.stringify({ rollout: rolloutJson(rollout), targets: update.targets.map(targetJson) }),
        );
        continue;
      }
      for (const target of update.targets) {
        if (isWorthALine(rollout, target)) announceChange(targets.get(target.hostId), target, view.milestone);
        targets.set(target.hostId, target);
      }
      const lines = rolloutLines(rollout, [...targets.values()], terminal);
      view.draw(lines);
      if (passesTenth(rolloutFraction([...targets.values()]))) view.milestone(lines.at(-1)?.trim() ?? '');
    }
  } catch (error) {
    if (!interrupted.aborted) throw error;
  } finally {
    view.end();
  }
  if (rollout === undefined || rollout.state === RolloutState.ROLLOUT_STATE_RUNNING)
    return ExitCode.interrupted;
  if (!json) printSummary(rollout, [...targets.values()], environment);
  return EXIT_CODES[rollout.state] ?? ExitCode.failure;
}

function announceChange(
  before: RolloutTarget | undefined,
  after: RolloutTarget,
  milestone: (line: string) => void,
): void {
  if (before?.state !== after.state)
    milestone(`${after.hostId}: ${targetWord(after.state)} ${after.errorCode}`.trimEnd());
}

function printSummary(
  rollout: Rollout,
  targets: readonly RolloutTarget[],
  { terminal }: CommandEnvironment,
): void {
  terminal.out('');
  for (const line of summaryLines(targets, terminal.style)) terminal.out(line);
  terminal.out('');
  const word = rolloutWord(rollout.state);
  const painted =
    rollout.state === RolloutState.ROLLOUT_STATE_COMPLETED
      ? terminal.style.good(word)
      : terminal.style.bad(word);
  terminal.out(
    `${rollout.name}@${rollout.version}: ${painted}, ${rollout.activatedCount} of ${plural(rollout.targetCount, 'host')} active`,
  );
  if (rollout.state === RolloutState.ROLLOUT_STATE_FAILED) {
    terminal.note('Hosts that failed keep trying; the rollout is completed once all of them are active.');
  }
}
