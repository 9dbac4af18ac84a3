import { PassThrough } from 'node:stream';
import { ShoalError, Status } from '@shoal/contracts';
import { describe, expect, it } from 'vitest';
import { ExitCode } from '../exit-codes.ts';
import { createTerminal } from '../output/terminal.ts';
import { renderError } from './render-error.ts';

function render(error: unknown, json = false): { code: ExitCode; stdout: string; stderr: string } {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = renderError(error, createTerminal({ stdout, stderr, color: false }), json);
  const textOf = (stream: PassThrough): string => (stream.read() as Buffer | null)?.toString() ?? '';
  return { code, stdout: textOf(stdout), stderr: textOf(stderr) };
}

function shoalError(status: Status): ShoalError {
  return new ShoalError({ code: 'SHOAL_TEST', status, message: 'it broke', remedy: 'Mend it.' });
}

describe('renderError', () => {
  it('shows message, remedy and code', () => {
    expect(render(shoalError(Status.INTERNAL)).stderr).toBe(
      'error: it broke\n  do    Mend it.\n  code  SHOAL_TEST\n',
    );
  });

  it('prints JSON on standard output where that is asked for, and nothing else', () => {
    const { stdout, stderr } = render(shoalError(Status.NOT_FOUND), true);
    expect(JSON.parse(stdout)).toEqual({
      error: { code: 'SHOAL_TEST', message: 'it broke', remedy: 'Mend it.' },
    });
    expect(stderr).toBe('');
  });

  it.each([
    [Status.INVALID_ARGUMENT, ExitCode.usage],
    [Status.NOT_FOUND, ExitCode.notFound],
    [Status.ALREADY_EXISTS, ExitCode.conflict],
    [Status.UNAVAILABLE, ExitCode.unavailable],
    [Status.DEADLINE_EXCEEDED, ExitCode.unavailable],
    [Status.INTERNAL, ExitCode.failure],
  ])('ends with its own exit code for status %i', (status, code) => {
    expect(render(shoalError(status)).code).toBe(code);
  });

  it('takes errors of the tree and of torrents for wrong input', () => {
    const error = Object.assign(new Error('a fifo'), {
      code: 'SHOAL_TREE_UNSUPPORTED',
      remedy: 'Remove it.',
    });
    expect(render(error).code).toBe(ExitCode.usage);
  });

  it('asks to report what has no code', () => {
    expect(render(new TypeError('undefined is not a function')).stderr).toContain('please report it');
  });
});
