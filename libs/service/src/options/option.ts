/** What the values of each option type are in the program. */
export interface OptionTypes {
  readonly string: string;
  readonly integer: number;
  readonly boolean: boolean;
  /** Milliseconds. Written as `500ms`, `30s`, `5m`, `2h`, `7d`, or as a number of milliseconds. */
  readonly duration: number;
  /** Bytes. Written as `512KiB`, `4MiB`, `1GiB`, `100B`, or as a number of bytes. */
  readonly bytes: number;
  /** Bytes per second. Written as `512KiB/s`, `10MiB/s`, `1GiB/s`, or as a number of bytes per second. */
  readonly rate: number;
  /** `host:port`, `[v6]:port` or `unix:/path`. */
  readonly endpoint: string;
  /** Written with commas between the items, where they are not inside braces; in a file also as a list. */
  readonly list: readonly string[];
  /** Written as `key=value` with commas between; in a file also as a mapping. */
  readonly labels: Readonly<Record<string, string>>;
  readonly path: string;
}

export type OptionType = keyof OptionTypes;

interface OptionOf<T extends OptionType> {
  readonly type: T;
  /** For `--help` and docs/CONFIGURATION.md: one sentence, with unit and bounds where they matter. */
  readonly description: string;
  readonly default?: OptionTypes[T];
  /** Must be given when there is no default. */
  readonly required?: boolean;
  /** Inclusive bounds of integers, durations (milliseconds), bytes and rates (bytes per second). */
  readonly min?: number;
  readonly max?: number;
  /** The only texts allowed. */
  readonly choices?: readonly string[];
  /** Never shown in messages, logs or documentation. */
  readonly secret?: boolean;
}

/** One setting of a service. */
export type Option = { [T in OptionType]: OptionOf<T> }[OptionType];

/**
 * The settings of a service by their name in the program (`tlsCert`). The flag is `--tls-cert`, the key in a file
 * `tls-cert`, the variable `<PREFIX>TLS_CERT`.
 */
export type OptionSchema = Readonly<Record<string, Option>>;

type GivenValue<O extends Option> = O extends { readonly choices: readonly (infer Choice)[] }
  ? Choice
  : OptionTypes[O['type']];

type OptionValue<O extends Option> = O extends { readonly default: unknown } | { readonly required: true }
  ? GivenValue<O>
  : GivenValue<O> | undefined;

/** What `loadOptions` gives for a schema. Options without a default that were not given are `undefined`. */
export type OptionValues<S extends OptionSchema> = { readonly [K in keyof S]: OptionValue<S[K]> };

/** Keeps the literal types of a schema, from which {@link OptionValues} are derived. */
export function defineOptions<const S extends OptionSchema>(schema: S): S {
  return schema;
}

/** `tlsCert` → `tls-cert`. */
export function flagName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `tlsCert` → `SHOAL_CATALOG_TLS_CERT`. */
export function variableName(prefix: string, key: string): string {
  return prefix + flagName(key).replaceAll('-', '_').toUpperCase();
}
