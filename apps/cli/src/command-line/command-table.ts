import type { OptionSchema } from '@shoal/service';
import type { Command } from 'commander';
import type { ExitCode } from '../exit-codes.ts';
import { addCommand, type CommandSpec } from './command.ts';
import type { CommandEnvironment } from './environment.ts';

/** Defines a loaded command below its parent. */
export type DefineCommand = (
  parent: Command,
  environment: CommandEnvironment,
  done: (code: ExitCode) => void,
) => void;

/** A command as the table knows it: enough for the list of commands, and how to load the rest. */
export interface CommandEntry {
  /** Heading it stands under in the help. */
  readonly group: string;
  /** The words that call it, one or two. */
  readonly path: readonly [string] | readonly [string, string];
  /** Imports the command: a service loads only its own code, which is most of its memory. */
  readonly load: () => Promise<DefineCommand>;
  readonly summary: string;
}

/** Turns a command, whatever its options, into what the table holds. */
export function definition<S extends OptionSchema>(spec: CommandSpec<S>): DefineCommand {
  return (parent, environment, done) => addCommand(parent, spec, environment, done);
}
