import { formatDefault } from './format-value.ts';
import { flagName, variableName, type Option, type OptionSchema } from './option.ts';

/** The options of a service as a Markdown table, for docs/CONFIGURATION.md. */
export function describeOptions(schema: OptionSchema, envPrefix: string): string {
  const rows = Object.entries(schema).map(([key, option]) =>
    [
      `\`--${flagName(key)}\``,
      `\`${variableName(envPrefix, key)}\``,
      typeText(option),
      defaultText(option),
      option.description,
    ].map(escapeCell),
  );
  const head = ['Flag', 'Variable', 'Type', 'Default', 'Meaning'];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n') + '\n';
}

function typeText(option: Option): string {
  return option.choices === undefined ? option.type : option.choices.join(' \\| ');
}

function defaultText(option: Option): string {
  const text = formatDefault(option);
  if (option.default === undefined) return option.required === true ? '**required**' : '';
  if (option.secret === true) return '(hidden)';
  return text === '' ? '' : `\`${text}\``;
}

function escapeCell(text: string): string {
  return text.replaceAll(/(?<!\\)\|/g, '\\|').replaceAll('\n', ' ');
}
