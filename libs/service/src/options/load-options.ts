import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { flagName, variableName, type Option, type OptionSchema, type OptionValues } from './option.ts';
import { parseValue } from './parse-value.ts';

/** Longest piece of a bad value that is repeated in a message, in characters. */
const SHOWN_LENGTH = 80;

/** Where values come from; a flag beats a variable, a variable beats the file, the file beats the default. */
export interface OptionSources {
  /** By name in the program, as commander gives them; `undefined` means not given. */
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** For example `SHOAL_CATALOG_`. */
  readonly envPrefix: string;
  /** YAML file of options; without it, the one that the option `config` of the schema names. */
  readonly file?: string;
}

interface Given {
  readonly raw: unknown;
  readonly source: string;
}

/**
 * Reads the options of a service.
 * @throws ConfigError that lists every option that is missing, unknown or has a value of the wrong kind.
 */
export function loadOptions<S extends OptionSchema>(schema: S, sources: OptionSources): OptionValues<S> {
  const problems: ConfigProblem[] = [];
  const outer = [fromFlags(sources), fromEnvironment(sources)];
  const file = sources.file ?? configFile(schema, outer);
  const readers = file === undefined ? outer : [...outer, fromFile(schema, file, problems)];
  const values: Record<string, unknown> = {};
  for (const [key, option] of Object.entries(schema)) {
    const given = firstGiven(readers, key);
    values[key] = given === undefined ? fallback(key, option, problems) : read(key, option, given, problems);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return values as OptionValues<S>;
}

type Reader = (key: string) => Given | undefined;

function fromFlags({ flags = {} }: OptionSources): Reader {
  return (key) =>
    Object.hasOwn(flags, key) && flags[key] !== undefined
      ? { raw: flags[key], source: `flag --${flagName(key)}` }
      : undefined;
}

function fromEnvironment({ env = {}, envPrefix }: OptionSources): Reader {
  return (key) => {
    const variable = variableName(envPrefix, key);
    const raw = env[variable];
    return raw === undefined ? undefined : { raw, source: `variable ${variable}` };
  };
}

function fromFile(schema: OptionSchema, file: string, problems: ConfigProblem[]): Reader {
  const content = readYaml(file, problems);
  const names = new Set(Object.keys(schema).map(flagName));
  for (const [name, value] of Object.entries(content))
    if (!names.has(name))
      problems.push({ name, source: `file ${file}`, given: show(value), wanted: 'no such option' });
  return (key) => {
    const raw = content[flagName(key)];
    return raw === undefined || raw === null ? undefined : { raw, source: `file ${file}` };
  };
}

function readYaml(file: string, problems: ConfigProblem[]): Readonly<Record<string, unknown>> {
  const problem = (given: string, wanted: string): Readonly<Record<string, unknown>> => {
    problems.push({ name: 'config', source: `file ${file}`, given, wanted });
    return {};
  };
  let content: unknown;
  try {
    content = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    return problem(show(error instanceof Error ? error.message : error), 'a readable YAML file');
  }
  if (content === null || content === undefined) return {};
  if (typeof content !== 'object' || Array.isArray(content))
    return problem(show(content), 'a mapping of options');
  return { ...content };
}

function configFile(schema: OptionSchema, readers: readonly Reader[]): string | undefined {
  const raw = Object.hasOwn(schema, 'config') ? firstGiven(readers, 'config')?.raw : undefined;
  return typeof raw === 'string' ? raw : undefined;
}

function firstGiven(readers: readonly Reader[], key: string): Given | undefined {
  for (const reader of readers) {
    const given = reader(key);
    if (given !== undefined) return given;
  }
  return undefined;
}

function fallback(key: string, option: Option, problems: ConfigProblem[]): unknown {
  if (option.default === undefined && option.required === true)
    problems.push({
      name: flagName(key),
      source: 'required',
      given: 'nothing',
      wanted: option.description,
    });
  return option.default;
}

function read(key: string, option: Option, { raw, source }: Given, problems: ConfigProblem[]): unknown {
  const parsed = parseValue(option, raw);
  if ('value' in parsed) return parsed.value;
  const given = option.secret === true ? '(hidden)' : show(raw);
  problems.push({ name: flagName(key), source, given, wanted: parsed.wanted });
  return undefined;
}

function show(value: unknown): string {
  const json = JSON.stringify(value) as string | undefined;
  return (json ?? String(value)).slice(0, SHOWN_LENGTH);
}
