import { ScenarioError } from '../scenario-error.ts';

/** Fields that are so often set that their last word is enough. */
const SHORT_NAMES: Readonly<Record<string, string>> = {
  choker: 'policies.choker',
  seederChoker: 'policies.seederChoker',
  picker: 'policies.picker',
  graph: 'graph.policy',
};

/**
 * A copy of a scenario that was not parsed yet, with another value at a place such as `leechers`, `graph.degree` or
 * `churn.0.at`; `choker`, `seederChoker`, `picker` and `graph` stand for the names of the policies.
 * @throws ScenarioError when the way there leads through something that has no fields
 */
export function setField(scenario: unknown, place: string, value: unknown): unknown {
  const path = (Object.hasOwn(SHORT_NAMES, place) ? SHORT_NAMES[place] : undefined) ?? place;
  return setAt(scenario, path.split('.'), value, path);
}

function setAt(target: unknown, [name, ...rest]: readonly string[], value: unknown, path: string): unknown {
  if (name === undefined) return value;
  if (Array.isArray(target)) {
    const items: readonly unknown[] = target;
    if (!/^\d{1,4}$/.test(name) || Number(name) >= items.length) {
      throw new ScenarioError(path, `the number of one of ${items.length} entries`, name);
    }
    return items.map((item, index) => (index === Number(name) ? setAt(item, rest, value, path) : item));
  }
  if (target !== undefined && (typeof target !== 'object' || target === null)) {
    throw new ScenarioError(path, 'a way through fields', target);
  }
  const fields = new Map<string, unknown>(Object.entries(target ?? {}));
  fields.set(name, setAt(fields.get(name), rest, value, path));
  return Object.fromEntries(fields);
}
