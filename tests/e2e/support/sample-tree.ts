import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createSeededRandom } from '@shoal/swarm';

/** Bytes that do not compress and are the same for the same seed. */
export function randomBytes(length: number, seed: number): Buffer {
  const random = createSeededRandom(seed);
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at += 4)
    bytes.writeUInt32LE(random.below(0xffff_ffff), Math.min(at, length - 4));
  return bytes;
}

/** Bytes that follow a pattern, the same at every run. */
export function patternedBytes(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, at) => (at * 31 + (at >> 8) * 7) & 0xff));
}

/** Writes files of these sizes, of {@link patternedBytes}. */
export async function writeFiles(root: string, sizes: Readonly<Record<string, number>>): Promise<void> {
  for (const [path, length] of Object.entries(sizes)) {
    const file = join(root, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, patternedBytes(length));
  }
}

/** Writes a tree with an executable, an empty file, small files, a symlink and one large file of `largeBytes`. */
export async function writeSampleTree(root: string, largeBytes: number, seed = 1): Promise<void> {
  const write = async (path: string, content: Uint8Array | string): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  };
  await write('bin/run', `#!/bin/sh\necho ${seed}\n`);
  await chmod(join(root, 'bin/run'), 0o755);
  await write('data/large.bin', randomBytes(largeBytes, seed));
  await write('data/empty', '');
  for (let index = 0; index < 20; index += 1)
    await write(`lib/part-${index}.txt`, `part ${index} of ${seed}\n`.repeat(50));
  await write('lib/ünïcode – 文字.txt', 'names in every script\n');
  await symlink('../bin/run', join(root, 'lib/start'));
}
