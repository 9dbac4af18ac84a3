import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { open, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileTreeHasher } from '@shoal/protocol';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHashPool } from './hash-pool.ts';
import type { DigestJob, VerifyAndWriteJob } from './jobs.ts';
import { noise, temporaryDirectory } from './tree-fixture.ts';

const BLOCK = 16 * 1024;

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
const pool = createHashPool({ threads: 2 });
beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(async () => {
  await directory.remove();
});
afterAll(async () => {
  await pool.close();
});

function shared(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}

function sha1(...parts: Uint8Array[]): Buffer {
  return createHash('sha1').update(Buffer.concat(parts)).digest();
}

function rootOf(bytes: Uint8Array, pieceLength: number): Uint8Array {
  const tree = new FileTreeHasher(pieceLength);
  for (let at = 0; at < bytes.length; at += BLOCK) {
    tree.addLeaf(
      createHash('sha256')
        .update(bytes.subarray(at, at + BLOCK))
        .digest(),
    );
  }
  return tree.finish().piecesRoot;
}

function verifyJob(bytes: Uint8Array, path: string, digest: Uint8Array = sha1(bytes)): VerifyAndWriteJob {
  const writes = [{ path, fileOffset: 0, start: 0, length: bytes.length }];
  return { kind: 'verify-and-write', bytes: shared(bytes), expected: { algorithm: 'sha1', digest }, writes };
}

describe('digest', () => {
  it('hashes the pieces of a buffer both ways, padding as zeros on the v1 side', async () => {
    const bytes = noise(5 * BLOCK + 7, 'digest');
    const first = bytes.subarray(0, 3 * BLOCK + 1);
    const second = bytes.subarray(3 * BLOCK + 1);
    const job: DigestJob = {
      kind: 'digest',
      sha1: true,
      sha256: true,
      bytes: shared(bytes),
      pieces: [
        { start: 0, length: first.length, padding: BLOCK - 1, width: 4 },
        { start: first.length, length: second.length, padding: 0, width: 4 },
      ],
      writes: [],
    };
    const digests = await pool.run(job);
    const padded = sha1(first, new Uint8Array(BLOCK - 1));
    expect(Buffer.from(digests.sha1)).toEqual(Buffer.concat([padded, sha1(second)]));
    const roots = [rootOf(first, 4 * BLOCK), rootOf(second, 4 * BLOCK)];
    expect(Buffer.from(digests.sha256)).toEqual(Buffer.concat(roots));
  });
});

describe('verify-and-write', () => {
  it('writes a piece that matches, across files', async () => {
    const bytes = noise(70_000, 'span');
    const paths = [join(directory.path, 'a'), join(directory.path, 'b')] as const;
    for (const path of paths) await writeFile(path, new Uint8Array(100));
    const verified = await pool.run({
      ...verifyJob(bytes, paths[0]),
      writes: [
        { path: paths[0], fileOffset: 100, start: 0, length: 30_000 },
        { path: paths[1], fileOffset: 0, start: 30_000, length: 40_000 },
      ],
    });
    expect(verified).toBe(true);
    const written = [(await readFile(paths[0])).subarray(100), await readFile(paths[1])];
    expect(Buffer.concat(written).equals(bytes)).toBe(true);
  });

  it('writes nothing when the hash is another', async () => {
    const path = join(directory.path, 'a');
    await writeFile(path, 'untouched');
    expect(await pool.run(verifyJob(noise(1_000, 'x'), path, new Uint8Array(20)))).toBe(false);
    expect(await readFile(path, 'utf8')).toBe('untouched');
  });

  it('leaves a hole where zeros go onto zeros, and overwrites what is not zero with zeros', async () => {
    const zeros = new Uint8Array(1024 * 1024);
    const [hole, full] = [join(directory.path, 'hole'), join(directory.path, 'full')];
    const file = await open(hole, 'w');
    await file.truncate(zeros.length);
    await file.close();
    await writeFile(full, noise(zeros.length, 'full'));
    for (const path of [hole, full]) expect(await pool.run(verifyJob(zeros, path))).toBe(true);
    expect((await stat(hole)).blocks).toBe(0);
    expect((await readFile(full)).equals(zeros)).toBe(true);
  });

  it('tells a full disk, a missing file and a symlink in the way apart', async () => {
    const bytes = noise(10, 'x');
    await expect(pool.run(verifyJob(bytes, '/dev/full'))).rejects.toMatchObject({
      code: 'SHOAL_STORE_FULL',
    });
    const missing = join(directory.path, 'missing');
    await expect(pool.run(verifyJob(bytes, missing))).rejects.toMatchObject({
      code: 'SHOAL_STORE_MISSING',
      path: missing,
    });
    const link = join(directory.path, 'link');
    execFileSync('ln', ['-s', '/dev/full', link]);
    await expect(pool.run(verifyJob(bytes, link))).rejects.toMatchObject({ code: 'SHOAL_STORE_IO' });
  });
});

describe('the pool', () => {
  it('runs many jobs at once and answers each', async () => {
    const pieces = Array.from({ length: 300 }, (_, i) => noise(1_000, String(i)));
    const path = join(directory.path, 'a');
    await writeFile(path, '');
    const answers = await Promise.all(
      pieces.map((piece, i) =>
        pool.run(verifyJob(piece, path, i % 3 === 0 ? new Uint8Array(20) : sha1(piece))),
      ),
    );
    expect(answers).toEqual(pieces.map((_, i) => i % 3 !== 0));
  });

  it('gives up a thread that hangs, and goes on with another', async () => {
    const hasty = createHashPool({ threads: 1, jobDeadlineMs: 3_000 });
    const fifo = join(directory.path, 'fifo');
    execFileSync('mkfifo', [fifo]);
    // A FIFO without writer blocks whoever opens it, as a dead network disk does.
    const stuck = hasty.run({
      kind: 'verify-files',
      piece: { spans: [{ path: fifo, fileOffset: 0, start: 0, length: 10 }], size: 10 },
      expected: { algorithm: 'sha1', digest: new Uint8Array(20) },
    });
    await expect(stuck).rejects.toMatchObject({ code: 'SHOAL_STORE_IO' });
    const path = join(directory.path, 'a');
    await writeFile(path, '');
    expect(await hasty.run(verifyJob(noise(10, 'x'), path))).toBe(true);
    const release = await open(fifo, 'r+');
    await hasty.close();
    await release.close();
  });

  it('ends the jobs that threads have, and rejects the others, when it is closed', async () => {
    const path = join(directory.path, 'a');
    await writeFile(path, '');
    const small = createHashPool({ threads: 1 });
    const jobs = Array.from({ length: 10 }, (_, i) => small.run(verifyJob(noise(1_000, String(i)), path)));
    const settled = Promise.allSettled(jobs);
    await small.close();
    const [first, ...rest] = await settled;
    expect(first).toMatchObject({ status: 'fulfilled', value: true });
    expect(rest.at(-1)).toMatchObject({ status: 'rejected', reason: { code: 'SHOAL_STORE_CLOSED' } });
    await expect(small.run(verifyJob(noise(1, 'x'), path))).rejects.toMatchObject({
      code: 'SHOAL_STORE_CLOSED',
    });
    await small.close();
  });

  it('keeps no process alive', () => {
    const script = `
      import { createHashPool } from ${JSON.stringify(new URL('./hash-pool.ts', import.meta.url).href)};
      const pool = createHashPool();
      const job = { kind: 'layout', directories: [], files: [], symlinks: [] };
      console.log(await pool.run(job));`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { timeout: 20_000 });
    expect(output.toString()).toBe('true\n');
  });
});
