import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { node, ROOT, runCommand } from './run-command.ts';

/** Where the contracts generated from proto/ are committed; also named in buf.gen.yaml. */
const GENERATED = 'libs/contracts/src/gen';

/** The contracts of the last release, as a Buf image: what `buf breaking` compares with. */
export const BASELINE = 'proto/baseline.binpb';

const DEADLINE = 60_000;

/**
 * Generates the contracts below `root`, in {@link GENERATED}.
 * @throws Error with the output of buf.
 */
export async function generate(root: string): Promise<void> {
  await buf('generate', '--output', root);
}

/** Records today's contracts as the ones that were released. */
export async function writeBaseline(): Promise<void> {
  await buf('build', '--output', BASELINE);
}

/** What differs between the committed contracts and the ones proto/ gives; undefined when nothing does. */
export async function checkGenerated(): Promise<string | undefined> {
  const fresh = await mkdtemp(join(tmpdir(), 'shoal-generated-'));
  try {
    await generate(fresh);
    const [committed, expected] = await Promise.all([
      readTree(join(ROOT, GENERATED)),
      readTree(join(fresh, GENERATED)),
    ]);
    const names = new Set([...committed.keys(), ...expected.keys()]);
    const stale = [...names].filter((name) => committed.get(name) !== expected.get(name));
    return stale.length === 0 ? undefined : `run npm run generate; stale: ${stale.join(', ')}`;
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function readTree(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    await Promise.all(
      files.map(async (file) => [file.slice(folder.length + 1), await readFile(file, 'utf8')] as const),
    ),
  );
}

async function buf(...args: string[]): Promise<void> {
  // buf looks for its plugin, protoc-gen-ts_proto, on PATH.
  const path = [join(ROOT, 'node_modules', '.bin'), process.env['PATH'] ?? ''].join(delimiter);
  const command = node('node_modules/@bufbuild/buf/bin/buf', ...args);
  const { code, output } = await runCommand({ ...command, deadline: DEADLINE, env: { PATH: path } });
  if (code !== 0) throw new Error(`buf ${args.join(' ')} failed:\n${output}`);
}
