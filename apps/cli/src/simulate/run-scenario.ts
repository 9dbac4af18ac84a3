import { setImmediate } from 'node:timers/promises';
import { createSimulation, type SwarmResult, type SwarmScenario } from '@shoal/simulator';
import { formatDuration } from '../output/format.ts';
import { createLiveView } from '../output/live-view.ts';
import { percent, progressBar } from '../output/progress-bar.ts';
import { createTenths } from '../output/tenths.ts';
import type { Terminal } from '../output/terminal.ts';

const BAR_COLUMNS = 32;

/**
 * Runs a scenario, showing how far it is.
 * @throws the signal's reason when it fires
 * @throws ScenarioError when a policy is unknown
 */
export async function runScenario(
  scenario: SwarmScenario,
  label: string,
  { terminal, signal }: { readonly terminal: Terminal; readonly signal: AbortSignal },
): Promise<SwarmResult> {
  const view = createLiveView(terminal);
  const passesTenth = createTenths();
  const simulation = createSimulation(scenario);
  try {
    for (let sample = simulation.advance(); sample !== undefined; sample = simulation.advance()) {
      const { pieces, complete, at } = sample;
      const bar = terminal.style.accent(progressBar(pieces.p50, BAR_COLUMNS));
      const figures = `${percent(pieces.p50)} of the pieces at half of the hosts, ${percent(complete).trim()} complete, at ${formatDuration(at)}`;
      view.draw([`  ${label.padEnd(8)} ${bar} ${figures}`]);
      if (passesTenth(pieces.p50)) view.milestone(`${label} ${figures}`.trim());
      // The run keeps this thread: let signals in.
      await setImmediate();
      signal.throwIfAborted();
    }
    return simulation.result();
  } finally {
    view.end();
  }
}
