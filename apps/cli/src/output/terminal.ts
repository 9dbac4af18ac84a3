import type { Writable } from 'node:stream';
import { styleText } from 'node:util';

/** What a command prints to; made once in `main.ts`, by hand in tests. */
export interface Terminal {
  /** Results: what a script reads. */
  out(line: string): void;
  /** Progress and notes, on standard error. */
  note(line: string): void;
  /** Whether standard error is a terminal that can redraw lines. */
  readonly live: boolean;
  /** Columns of the terminal; 80 where there is none. */
  readonly columns: number;
  readonly style: Style;
  /** Raw access for live views, standard error. */
  writeRaw(text: string): void;
}

/** Colours, or none. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly accent: (text: string) => string;
}

export interface TerminalInit {
  readonly stdout: Writable;
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  /** Colours wanted: standard error is a terminal, and NO_COLOR is not set. */
  readonly color: boolean;
}

type Format = Parameters<typeof styleText>[0];

function createStyle(color: boolean): Style {
  const paint =
    (format: Format) =>
    (text: string): string =>
      color ? styleText(format, text, { validateStream: false }) : text;
  return {
    bold: paint('bold'),
    dim: paint('dim'),
    good: paint('green'),
    bad: paint('red'),
    accent: paint('cyan'),
  };
}

export function createTerminal(init: TerminalInit): Terminal {
  return {
    out: (line) => void init.stdout.write(`${line}\n`),
    note: (line) => void init.stderr.write(`${line}\n`),
    live: init.stderr.isTTY === true,
    columns: init.stderr.columns ?? 80,
    style: createStyle(init.color),
    writeRaw: (text) => void init.stderr.write(text),
  };
}
