/** What a scenario says is not what is expected there. */
export class ScenarioError extends Error {
  readonly code = 'SHOAL_SCENARIO_INVALID';
  readonly remedy: string;

  /**
   * @param path where, as in `zones[1].up`
   * @param expected what belongs there
   * @param found what is there
   */
  constructor(path: string, expected: string, found: unknown) {
    super(`${path}: expected ${expected}, found ${shown(found)}`);
    this.name = 'ScenarioError';
    this.remedy = 'Correct the scenario there; its fields are in libs/simulator/src/scenario.ts.';
  }
}

/** Text of a value, short enough for a message. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) as string | undefined;
  return text === undefined ? typeof value : text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
