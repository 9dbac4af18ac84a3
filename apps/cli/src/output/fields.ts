import type { Style } from './terminal.ts';
import { pad, textWidth } from './text-width.ts';

/** Names and values in two columns, one line a field. */
export function fieldLines(
  fields: readonly (readonly [name: string, value: string])[],
  style: Style,
): string[] {
  const width = Math.max(0, ...fields.map(([name]) => textWidth(name)));
  return fields.map(([name, value]) => `${style.bold(pad(name, width, 'left'))}  ${value}`);
}
