import { readFile } from 'node:fs/promises';
import { setField } from '@shoal/simulator';
import { parse } from 'yaml';
import { fileError } from '../files/read-input.ts';

/**
 * Reads a scenario file, YAML or JSON, and changes the fields given; the result is not checked yet.
 * @throws ShoalError SHOAL_CLI_FILE when it cannot be read or is not YAML
 * @throws ScenarioError when there is no place for a field
 */
export async function loadScenario(path: string, set: Readonly<Record<string, string>>): Promise<unknown> {
  let scenario: unknown;
  try {
    scenario = parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw fileError(path, cause);
  }
  return Object.entries(set).reduce(
    (changed, [place, text]) => setField(changed, place, parseValue(text)),
    scenario,
  );
}

/** What a text stands for in YAML: `16` is a number, `true` a truth value, `4 MiB` a text. */
export function parseValue(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return text;
  }
}
