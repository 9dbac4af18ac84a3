import { ScenarioError } from '../scenario-error.ts';

/**
 * Takes a value of unknown type for what is expected at `path`.
 * @throws ScenarioError when it is something else
 */
export type Reader<T> = (value: unknown, path: string) => T;

type Readers = Readonly<Record<string, Reader<unknown>>>;

/** What an object of required and optional fields reads to. */
type Fields<R extends Readers, O extends Readers> = { readonly [K in keyof R]: ReturnType<R[K]> } & {
  readonly [K in keyof O]?: ReturnType<O[K]>;
};

/** An object with these fields and no others. */
export function object<R extends Readers, O extends Readers>(required: R, optional: O): Reader<Fields<R, O>> {
  const readers: Readers = { ...required, ...optional };
  return (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new ScenarioError(path === '' ? 'scenario' : path, 'fields with values', value);
    }
    for (const name of Object.keys(value)) {
      if (!Object.hasOwn(readers, name)) {
        throw new ScenarioError(
          join(path, name),
          `one of the fields ${Object.keys(readers).join(', ')}`,
          name,
        );
      }
    }
    const given = Object.entries(readers).filter(([name]) => name in value || name in required);
    const read = given.map(([name, reader]) => [name, reader(Reflect.get(value, name), join(path, name))]);
    return Object.fromEntries(read) as Fields<R, O>;
  };
}

/** A list of at most `max` items. */
export function list<T>(item: Reader<T>, max: number): Reader<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value) || value.length > max)
      throw new ScenarioError(path, `a list of at most ${max}`, value);
    return value.map((entry: unknown, index) => item(entry, `${path}[${index}]`));
  };
}

/** One of these texts. */
export function oneOf<const T extends string>(choices: readonly T[]): Reader<T> {
  return (value, path) => {
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw new ScenarioError(path, `one of ${choices.join(', ')}`, value);
    return found;
  };
}

/** Text, not empty. */
export const text: Reader<string> = (value, path) => {
  if (typeof value === 'string' && value.length > 0) return value;
  throw new ScenarioError(path, 'a text', value);
};

/** true or false. */
export const boolean: Reader<boolean> = (value, path) => {
  if (typeof value === 'boolean') return value;
  throw new ScenarioError(path, 'true or false', value);
};

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
