import { type OptionSchema, type OptionValues, loadOptions } from '@shoal/service';

/** A service's configuration: its defaults, and what the platform settles for it. Reads no environment and no file. */
export function embeddedConfig<S extends OptionSchema>(
  schema: S,
  settled: Partial<Readonly<Record<keyof S, unknown>>>,
): OptionValues<S> {
  return loadOptions(schema, { flags: settled, envPrefix: '' });
}
