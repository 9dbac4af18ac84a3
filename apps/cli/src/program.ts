import { software } from '@shoal/service';
import { Command, CommanderError } from 'commander';
import { addCommand } from './command-line/command.ts';
import type { CommandEnvironment } from './command-line/environment.ts';
import { renderError } from './command-line/render-error.ts';
import { agentsCommand } from './commands/agents.ts';
import { fetchCommand } from './commands/fetch.ts';
import { lsCommand } from './commands/ls.ts';
import { pushCommand } from './commands/push.ts';
import { rolloutCreateCommand } from './commands/rollout-create.ts';
import { rolloutLsCommand } from './commands/rollout-ls.ts';
import { rolloutWatchCommand } from './commands/rollout-watch.ts';
import { agentCommand, catalogCommand, seederCommand, trackerCommand } from './commands/services.ts';
import { showCommand } from './commands/show.ts';
import { torrentCreateCommand } from './commands/torrent-create.ts';
import { torrentShowCommand } from './commands/torrent-show.ts';
import { torrentVerifyCommand } from './commands/torrent-verify.ts';
import { upCommand } from './commands/up.ts';
import { ExitCode } from './exit-codes.ts';

const FOOTER = `
Exit codes:
  0  done                          4  refused in the present state
  1  failed                        5  unavailable: try again
  2  wrong input or configuration  6  a host failed in the rollout
  3  not found                     7  torrent verify found damage

Every option can be given by the environment variable that its help names. Docs: docs/ARCHITECTURE.md, docs/CONFIGURATION.md.`;

/** Runs one command line and gives its exit code. Failures are shown, never thrown. */
export async function runCommandLine(
  args: readonly string[],
  environment: CommandEnvironment,
): Promise<ExitCode> {
  let exitCode: ExitCode = ExitCode.ok;
  const program = createProgram(environment, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    // Help and version end the parse with an error that is none; usage errors were shown already by the parser.
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
    if (environment.interrupted.aborted) return ExitCode.interrupted;
    return renderError(error, environment.terminal, args.includes('--json'));
  }
}

function createProgram(environment: CommandEnvironment, done: (code: ExitCode) => void): Command {
  const { terminal } = environment;
  const program = new Command('shoal')
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
    });
  // Commands copy these settings from their parent when they are made.
  const group = (name: string, summary: string): Command =>
    program.command(name).summary(summary).description(`${summary}.`);

  program.commandsGroup('Platform:');
  addCommand(program, upCommand, environment, done);
  program.commandsGroup('Artifacts:');
  addCommand(program, pushCommand, environment, done);
  addCommand(program, lsCommand, environment, done);
  addCommand(program, showCommand, environment, done);
  addCommand(program, fetchCommand, environment, done);
  program.commandsGroup('Fleet:');
  const rollout = group('rollout', 'Decide which hosts get which version');
  addCommand(rollout, rolloutCreateCommand, environment, done);
  addCommand(rollout, rolloutWatchCommand, environment, done);
  addCommand(rollout, rolloutLsCommand, environment, done);
  addCommand(program, agentsCommand, environment, done);
  program.commandsGroup('Torrents:');
  const torrent = group('torrent', 'Make, read and check .torrent files');
  addCommand(torrent, torrentCreateCommand, environment, done);
  addCommand(torrent, torrentShowCommand, environment, done);
  addCommand(torrent, torrentVerifyCommand, environment, done);
  program.commandsGroup('Services:');
  addCommand(program, catalogCommand, environment, done);
  addCommand(program, trackerCommand, environment, done);
  addCommand(program, seederCommand, environment, done);
  addCommand(program, agentCommand, environment, done);
  return program;
}
