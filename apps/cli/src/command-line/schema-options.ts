import { flagName, type OptionSchema, variableName } from '@shoal/service';
import { type Command, Option } from 'commander';

type DefaultValue = NonNullable<OptionSchema[string]['default']>;

/** Adds a schema's options to a command: flags, help and the names of the variables. Values are checked by `loadOptions`. */
export function addSchemaOptions(command: Command, schema: OptionSchema, envPrefix: string): void {
  for (const [key, option] of Object.entries(schema)) {
    const flag = `--${flagName(key)}`;
    const flags = option.type === 'boolean' ? flag : `${flag} <${option.type}>`;
    const notes = [`env ${variableName(envPrefix, key)}`];
    if (isWorthShowing(option.default) && option.secret !== true) {
      notes.unshift(`default ${valueText(option.default)}`);
    }
    if (option.choices !== undefined) notes.unshift(`one of ${option.choices.join(', ')}`);
    command.addOption(new Option(flags, `${option.description} (${notes.join('; ')})`));
  }
}

/** Off, nothing and empty go without saying. */
function isWorthShowing(value: DefaultValue | undefined): value is DefaultValue {
  if (value === undefined || value === false || value === '') return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

function valueText(value: DefaultValue): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
