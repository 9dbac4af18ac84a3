import { type OptionSchema, type OptionValues, loadOptions } from '@shoal/service';
import type { Command } from 'commander';
import type { ExitCode } from '../exit-codes.ts';
import type { CommandEnvironment } from './environment.ts';
import { addSchemaOptions } from './schema-options.ts';

/** A positional argument, `<required>` or `[optional]`. */
export interface ArgumentSpec {
  readonly name: string;
  readonly description: string;
}

/** An invocation and what it does, for the help text. */
export interface Example {
  readonly command: string;
  readonly does: string;
}

/** One call of a command: what the user gave, checked. */
export interface CommandCall<S extends OptionSchema> {
  /** Positional arguments, in order; optional ones that were not given are missing. */
  readonly args: readonly string[];
  readonly options: OptionValues<S>;
  readonly environment: CommandEnvironment;
}

/** A command as data: name, help and what it does. Its variables start with `SHOAL_<NAME>_`. */
export interface CommandSpec<S extends OptionSchema> {
  readonly name: string;
  /** A paragraph under the usage line. */
  readonly description: string;
  readonly arguments?: readonly ArgumentSpec[];
  readonly examples: readonly Example[];
  readonly options: S;
  /** Prefix of the variables; `SHOAL_<NAME>_` unless given. */
  readonly envPrefix?: string;
  run(call: CommandCall<S>): Promise<ExitCode>;
}

/** Adds a command below `parent`; `done` is told the exit code of a call that returned. */
export function addCommand<S extends OptionSchema>(
  parent: Command,
  spec: CommandSpec<S>,
  environment: CommandEnvironment,
  done: (code: ExitCode) => void,
): void {
  const envPrefix = spec.envPrefix ?? `SHOAL_${spec.name.replaceAll('-', '_').toUpperCase()}_`;
  const command = parent
    .command(spec.name)
    .description(spec.description)
    .addHelpText('after', exampleText(spec.examples));
  for (const argument of spec.arguments ?? []) command.argument(argument.name, argument.description);
  addSchemaOptions(command, spec.options, envPrefix);
  command.action(async () => {
    const flags = command.opts();
    const options = loadOptions(spec.options, { flags, env: environment.variables, envPrefix });
    done(await spec.run({ args: command.args, options, environment }));
  });
}

function exampleText(examples: readonly Example[]): string {
  const lines = examples.map(({ command, does }) => `  # ${does}\n  ${command}`);
  return `\nExamples:\n${lines.join('\n')}`;
}
