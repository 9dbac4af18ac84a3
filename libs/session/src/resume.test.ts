import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Bitfield } from '@shoal/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ResumeFile } from './resume.ts';

const PIECES = 20;
const INFO_HASH = new Uint8Array(20).fill(1);

let directory: string;
let path: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'shoal-resume-'));
  path = join(directory, 'it.resume');
});

afterEach(() => rm(directory, { recursive: true }));

function pieces(...list: number[]): Bitfield {
  const field = Bitfield.none(PIECES);
  for (const piece of list) field.add(piece);
  return field;
}

describe('ResumeFile', () => {
  it('reads back what was written last, and leaves nothing else behind', async () => {
    const file = new ResumeFile(path, INFO_HASH);
    await file.write({ durable: pieces(1), written: pieces(1, 2) }, true);
    await file.write({ durable: pieces(1, 2), written: pieces(1, 2, 19) }, false);
    expect(await file.read(PIECES)).toEqual({ durable: pieces(1, 2), written: pieces(1, 2, 19) });
    expect(await readdir(directory)).toEqual(['it.resume']);
  });

  it('takes a file that is missing, damaged, of another torrent or of another size as none', async () => {
    const file = new ResumeFile(path, INFO_HASH);
    expect(await file.read(PIECES)).toBeUndefined();
    await file.write({ durable: pieces(1), written: pieces(1) }, true);
    expect(await new ResumeFile(path, new Uint8Array(20)).read(PIECES)).toBeUndefined();
    expect(await file.read(PIECES + 8)).toBeUndefined();
    await writeFile(path, 'd7:durable3:xyze');
    expect(await file.read(PIECES)).toBeUndefined();
    await writeFile(path, '');
    expect(await file.read(PIECES)).toBeUndefined();
  });

  it('fails with the system’s error when it cannot be written', async () => {
    const file = new ResumeFile(join(directory, 'missing', 'it.resume'), INFO_HASH);
    await expect(file.write({ durable: pieces(), written: pieces() }, true)).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });
});
