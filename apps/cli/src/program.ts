import { software } from '@shoal/service';
import { Command, CommanderError } from 'commander';
import { COMMAND_FAMILIES, COMMANDS } from './commands.ts';
import type { CommandEntry } from './command-line/command-table.ts';
import type { CommandEnvironment } from './command-line/environment.ts';
import { renderError } from './command-line/render-error.ts';
import { ExitCode } from './exit-codes.ts';

const FOOTER = `
Exit codes:
  0  done                          4  refused in the present state
  1  failed                        5  unavailable: try again
  2  wrong input or configuration  6  a host failed in the rollout
  3  not found                     7  torrent verify found damage
                                   8  a later rollout took hosts over

Every option can be given by the environment variable that its help names. Docs: docs/ARCHITECTURE.md, docs/CONFIGURATION.md.`;

/** Runs one command line and gives its exit code. Failures are shown, never thrown. */
export async function runCommandLine(
  args: readonly string[],
  environment: CommandEnvironment,
): Promise<ExitCode> {
  let exitCode: ExitCode = ExitCode.ok;
  try {
    const program = await createProgram(args, environment, (code) => {
      exitCode = code;
    });
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    // Help and version end the parse with an error that is none; usage errors were shown already by the parser.
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
    if (environment.interrupted.aborted) return ExitCode.interrupted;
    return renderError(error, environment.terminal, args.includes('--json'));
  }
}

/** The program with every command in its lists, and the one that is called (or asked for help) in full. */
async function createProgram(
  args: readonly string[],
  environment: CommandEnvironment,
  done: (code: ExitCode) => void,
): Promise<Command> {
  const program = createRoot(environment);
  const words = args.filter((arg) => arg !== 'help' && !arg.startsWith('-'));
  const families = new Map<string, Command>();
  for (const entry of COMMANDS) {
    program.commandsGroup(entry.group);
    const parent = entry.path.length === 1 ? program : familyOf(entry.path[0], program, families);
    if (entry.path.every((word, i) => word === words[i])) {
      (await entry.load())(parent, environment, done);
    } else {
      parent.command(nameOf(entry)).description(entry.summary);
    }
  }
  return program;
}

function createRoot({ terminal }: CommandEnvironment): Command {
  return (
    new Command('shoal')
      .description('Push a build once; every host has it. Shoal distributes build artifacts over BitTorrent.')
      .version(software().version, '-V, --version', 'print the version')
      .addHelpText('after', FOOTER)
      // `push --version` is the artifact's: our own options come before the command.
      .enablePositionalOptions()
      .exitOverride()
      .showSuggestionAfterError()
      .showHelpAfterError('Run the command with --help for its options and examples.')
      .configureHelp({ helpWidth: Math.min(120, terminal.columns) })
      .configureOutput({
        writeOut: (text) => terminal.out(text.trimEnd()),
        writeErr: (text) => terminal.note(text.trimEnd()),
      })
  );
}

/** The command that holds those of two words with this first one. */
function familyOf(name: string, program: Command, families: Map<string, Command>): Command {
  const known = families.get(name);
  if (known !== undefined) return known;
  // Commands copy the settings of their parent when they are made.
  const family = program.command(name).description(COMMAND_FAMILIES[name] ?? name);
  families.set(name, family);
  return family;
}

function nameOf({ path }: CommandEntry): string {
  return path[1] ?? path[0];
}
