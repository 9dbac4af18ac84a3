import { createCipheriv, createHash } from 'node:crypto';
import { mkdir, open, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { samplePlan, type SampleEntry } from './sample-plan.ts';

/** Bytes written at a time. */
const CHUNK_BYTES = 1 << 20;

/**
 * Writes the sample build below `root`, which must not exist yet: the same tree for the same seed, byte for byte.
 * Its bytes are an AES keystream, so they do not compress and no two files are alike.
 */
export async function writeSampleBuild(root: string, seed: string): Promise<void> {
  for (const entry of samplePlan()) {
    const path = join(root, ...entry.path);
    await mkdir(dirname(path), { recursive: true });
    if (entry.kind === 'symlink') await symlink(entry.target, path);
    else await writeSampleFile(path, entry, seed);
  }
}

async function writeSampleFile(
  path: string,
  entry: Extract<SampleEntry, { kind: 'file' }>,
  seed: string,
): Promise<void> {
  const key = createHash('sha256')
    .update(`${seed}/${entry.path.join('/')}`)
    .digest()
    .subarray(0, 16);
  const keystream = createCipheriv('aes-128-ctr', key, Buffer.alloc(16));
  const file = await open(path, 'wx', entry.executable ? 0o755 : 0o644);
  try {
    for (let done = 0; done < entry.length; done += CHUNK_BYTES) {
      const zeros = Buffer.alloc(Math.min(CHUNK_BYTES, entry.length - done));
      await file.write(keystream.update(zeros));
    }
    // A restrictive umask must not change what the sample is.
    await file.chmod(entry.executable ? 0o755 : 0o644);
  } finally {
    await file.close();
  }
}
