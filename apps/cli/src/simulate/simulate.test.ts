import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ExitCode } from '../exit-codes.ts';
import { createTerminal } from '../output/terminal.ts';
import { runCommandLine } from '../program.ts';

const SCENARIO = `
leechers: 4
size: 4 MiB
pieceSize: 256 KiB
rate: 4 MiB/s
latency: 1 ms
limit: 1 min
`;

let directory: string;
let path: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'shoal-simulate-'));
  path = join(directory, 'scenario.yaml');
  await writeFile(path, SCENARIO);
});

afterEach(() => rm(directory, { recursive: true }));

async function shoal(...args: string[]): Promise<{ code: ExitCode; stdout: string; stderr: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const terminal = createTerminal({ stdout, stderr, color: false });
  const interrupted = new AbortController().signal;
  const code = await runCommandLine(args, { variables: {}, terminal, interrupted });
  const textOf = (stream: PassThrough): string => (stream.read() as Buffer | null)?.toString() ?? '';
  return { code, stdout: textOf(stdout), stderr: textOf(stderr) };
}

describe('shoal simulate', () => {
  it('prints the bounds and one row of figures, the same for the same scenario', async () => {
    const first = await shoal('simulate', path);
    expect(first.code).toBe(ExitCode.ok);
    expect(first.stdout).toMatch(/^bound {4,}1\.00 s, with headers 1\.05 s/m);
    expect(first.stdout).toMatch(/^ +4\/4 +\d\.\d\d s/m);
    expect((await shoal('simulate', path)).stdout).toBe(first.stdout);
  });

  it('changes fields, takes another seed, and prints JSON', async () => {
    const { stdout } = await shoal(
      'simulate',
      path,
      '--json',
      '--seed',
      '9',
      '--set',
      'leechers=2',
      '--set',
      'seeders=3',
    );
    const [run] = JSON.parse(stdout) as [{ seed: number; complete: number; hosts: unknown[] }];
    expect(run).toMatchObject({ variant: null, seed: 9, complete: 2, present: 2 });
    expect(run.hosts).toHaveLength(5);
  });

  it('compares the values of a field in one table', async () => {
    const { stdout } = await shoal('simulate', path, '--compare', 'uploadSlots=1,4');
    expect(stdout).toMatch(/^uploadSlots=1 +4\/4/m);
    expect(stdout).toMatch(/^uploadSlots=4 +4\/4/m);
  });

  it('prints the means over several seeds, and each run as JSON', async () => {
    const { stdout } = await shoal('simulate', path, '--compare', 'uploadSlots=1,4', '--seeds', '3');
    const rows = stdout.split('\n').filter((line) => line.startsWith('uploadSlots='));
    expect(rows).toHaveLength(2);
    const runs = JSON.parse((await shoal('simulate', path, '--seeds', '3', '--json')).stdout) as {
      seed: number;
      lastPerFluidBound: number;
    }[];
    expect(runs.map(({ seed }) => seed)).toEqual([1, 2, 3]);
    const mean = runs.reduce((sum, { lastPerFluidBound }) => sum + lastPerFluidBound, 0) / 3;
    const table = (await shoal('simulate', path, '--seeds', '3')).stdout;
    expect(table).toMatch(/^ +12\/12 /m);
    expect(table).toContain(` ${mean.toFixed(3)} `);
  });

  it('writes a picture', async () => {
    const picture = join(directory, 'run.svg');
    await shoal('simulate', path, '--svg', picture);
    expect(await readFile(picture, 'utf8')).toMatch(/^<svg .*<\/svg>\n$/s);
  });

  it.each([
    [['--set', 'leechers=many'], 'leechers: expected a whole number from 1 to 100000, found "many"'],
    [['--compare', 'choker=kind'], 'policies.choker: expected one of'],
    [['--compare', 'choker'], '--compare choker: expected field=value,value'],
  ])('refuses %j with what belongs there', async (args, message) => {
    const { code, stderr } = await shoal('simulate', path, ...args);
    expect(code).toBe(ExitCode.usage);
    expect(stderr).toContain(message);
  });

  it('refuses a file that is not there', async () => {
    const { code, stderr } = await shoal('simulate', join(directory, 'none.yaml'));
    expect(code).toBe(ExitCode.usage);
    expect(stderr).toContain('SHOAL_CLI_FILE');
  });
});
