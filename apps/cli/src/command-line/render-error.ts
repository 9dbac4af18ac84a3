import { ShoalError } from '@shoal/contracts';
import { CommanderError } from 'commander';
import { ExitCode, exitCodeOf } from '../exit-codes.ts';
import type { Terminal } from '../output/terminal.ts';

/** The parts of a failure that are shown. */
interface Failure {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  readonly exitCode: ExitCode;
}

/** Errors of our libraries: a code, and what to do about it. */
interface CodedError extends Error {
  readonly code: string;
  readonly remedy: string;
}

/** Shows a failure on standard error, or as JSON on standard output, and gives the exit code for it. */
export function renderError(error: unknown, terminal: Terminal, json: boolean): ExitCode {
  const failure = failureOf(error);
  if (json) {
    const { code, message, remedy } = failure;
    terminal.out(JSON.stringify({ error: { code, message, remedy } }));
  } else {
    const { style } = terminal;
    terminal.note(`${style.bad('error:')} ${failure.message}`);
    if (failure.remedy !== '') terminal.note(`  ${style.bold('do')}    ${failure.remedy}`);
    terminal.note(style.dim(`  code  ${failure.code}`));
  }
  return failure.exitCode;
}

function failureOf(error: unknown): Failure {
  if (error instanceof ShoalError) return { ...pick(error), exitCode: exitCodeOf(error.status) };
  if (error instanceof CommanderError) {
    return { code: 'SHOAL_CLI_USAGE', message: error.message, remedy: '', exitCode: ExitCode.usage };
  }
  if (isCoded(error)) return { ...pick(error), exitCode: localExitCode(error.code) };
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: 'SHOAL_CLI_UNEXPECTED',
    message,
    remedy: 'This is a defect of Shoal: please report it, with the command and its output.',
    exitCode: ExitCode.failure,
  };
}

function pick(error: CodedError): Omit<Failure, 'exitCode'> {
  return { code: error.code, message: error.message, remedy: error.remedy };
}

function isCoded(error: unknown): error is CodedError {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code.startsWith('SHOAL_') &&
    'remedy' in error &&
    typeof error.remedy === 'string'
  );
}

/** Areas whose errors say that what was given is wrong: the same call fails again. */
const INPUT_AREAS = /^SHOAL_(?:CONFIG|BENCODE|MANIFEST|METAINFO|MAGNET|TREE|SCENARIO|CLI)_/;

function localExitCode(code: string): ExitCode {
  return INPUT_AREAS.test(code) ? ExitCode.usage : ExitCode.failure;
}
