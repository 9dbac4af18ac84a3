import { type OptionSchema, flagName, variableName } from '@shoal/service';
import { type Command, Option } from 'commander';

/** Adds a schema's options to a command: flags, help and the names of the variables. Values are checked by `loadOptions`. */
export function addSchemaOptions(command: Command, schema: OptionSchema, envPrefix: string): Command {
  for (const [key, option] of Object.entries(schema)) {
    const flag = `--${flagName(key)}`;
    const flags = option.type === 'boolean' ? flag : `${flag} <${option.type}>`;
    const notes = [`env ${variableName(envPrefix, key)}`];
    if (option.default !== undefined && option.default !== false && option.secret !== true) {
      notes.unshift(`default ${valueText(option.default)}`);
    }
    if (option.choices !== undefined) notes.unshift(`one of ${option.choices.join(', ')}`);
    command.addOption(new Option(flags, `${option.description} (${notes.join('; ')})`));
  }
  return command;
}

function valueText(
  value: string | number | boolean | readonly string[] | Readonly<Record<string, string>>,
): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
