import {
  flagName,
  formatDefault,
  type Option as SchemaOption,
  type OptionSchema,
  variableName,
} from '@shoal/service';
import { type Command, Option } from 'commander';

/** Adds a schema's options to a command: flags, help and the names of the variables. Values are checked by `loadOptions`. */
export function addSchemaOptions(command: Command, schema: OptionSchema, envPrefix: string): void {
  for (const [key, option] of Object.entries(schema)) {
    const flag = `--${flagName(key)}`;
    const flags = option.type === 'boolean' ? flag : `${flag} <${option.type}>`;
    const notes = [...choicesNote(option), ...defaultNote(option), `env ${variableName(envPrefix, key)}`];
    const flagOption = new Option(flags, `${option.description} (${notes.join('; ')})`);
    if (option.type === 'list' || option.type === 'labels') flagOption.argParser(appended);
    command.addOption(flagOption);
  }
}

function choicesNote({ choices }: SchemaOption): string[] {
  return choices === undefined ? [] : [`one of ${choices.join(', ')}`];
}

/** Off, nothing and empty go without saying. */
function defaultNote(option: SchemaOption): string[] {
  const text = formatDefault(option);
  return text === '' || option.default === false || option.secret === true ? [] : [`default ${text}`];
}

/** A list that is given again goes on. */
function appended(items: string, before: string | undefined): string {
  return before === undefined ? items : `${before},${items}`;
}
