import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Bitfield } from '@shoal/protocol';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NO_ACCOUNTS } from './accounts/accounts.ts';
import { ResumeFile } from './resume.ts';

const PIECES = 20;
const PEERS = [
  { host: '192.0.2.1', port: 6881 },
  { host: '2001:db8::1', port: 7431 },
];
const BOOKS = { fetch: { ...NO_ACCOUNTS, reused: 7 }, lifetime: { ...NO_ACCOUNTS, reused: 8 } };
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
    await file.write({ durable: pieces(1), written: pieces(1, 2), peers: PEERS, books: BOOKS }, true);
    await file.write({ durable: pieces(1, 2), written: pieces(1, 2, 19), peers: PEERS, books: BOOKS }, false);
    expect(await file.read(PIECES)).toEqual({
      durable: pieces(1, 2),
      written: pieces(1, 2, 19),
      peers: PEERS,
      books: BOOKS,
    });
    expect(await readdir(directory)).toEqual(['it.resume']);
  });

  it('takes a file that is missing, damaged, of another torrent or of another size as none', async () => {
    const file = new ResumeFile(path, INFO_HASH);
    expect(await file.read(PIECES)).toBeUndefined();
    await file.write({ durable: pieces(1), written: pieces(1), peers: PEERS, books: BOOKS }, true);
    expect(await new ResumeFile(path, new Uint8Array(20)).read(PIECES)).toBeUndefined();
    expect(await file.read(PIECES + 8)).toBeUndefined();
    await writeFile(path, 'd7:durable3:xyze');
    expect(await file.read(PIECES)).toBeUndefined();
    await writeFile(path, '');
    expect(await file.read(PIECES)).toBeUndefined();
  });

  it('keeps no peer that is known by a host name, and reads files of before peers and books', async () => {
    const file = new ResumeFile(path, INFO_HASH);
    const peers = [{ host: 'seeder.example', port: 1 }, ...PEERS];
    await file.write({ durable: pieces(1), written: pieces(1), peers, books: BOOKS }, true);
    expect((await file.read(PIECES))?.peers).toEqual(PEERS);
    const whole = await readFile(path, 'latin1');
    const old = whole
      .replace(/5:fetch.*9:info hash/s, '9:info hash')
      .replace(/8:lifetime.*7:version/s, '7:version');
    await writeFile(path, old, 'latin1');
    const books = { fetch: NO_ACCOUNTS, lifetime: NO_ACCOUNTS };
    expect(await file.read(PIECES)).toEqual({ durable: pieces(1), written: pieces(1), peers: [], books });
  });

  it('fails with the system’s error when it cannot be written', async () => {
    const file = new ResumeFile(join(directory, 'missing', 'it.resume'), INFO_HASH);
    await expect(
      file.write({ durable: pieces(), written: pieces(), peers: PEERS, books: BOOKS }, true),
    ).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });

  it('takes a damaged file for what it says within bounds, or for none', async () => {
    const file = new ResumeFile(path, INFO_HASH);
    await file.write({ durable: pieces(1), written: pieces(1, 2), peers: PEERS, books: BOOKS }, false);
    const whole = await readFile(path);
    const change = fc.record({ at: fc.nat({ max: whole.length - 1 }), byte: fc.nat({ max: 255 }) });
    const damage = fc.tuple(fc.array(change, { minLength: 1, maxLength: 4 }), fc.nat({ max: whole.length }));
    await fc.assert(
      fc.asyncProperty(damage, async ([changes, length]) => {
        const damaged = Uint8Array.from(whole);
        for (const { at, byte } of changes) damaged[at] = byte;
        // Most of them whole: cut off ones are never read.
        await writeFile(path, length % 4 === 0 ? damaged.subarray(0, length) : damaged);
        const state = await file.read(PIECES);
        if (state === undefined) return;
        expect([state.durable.size, state.written.size]).toEqual([PIECES, PIECES]);
        expect(state.durable.count).toBeLessThanOrEqual(PIECES);
        for (const { port } of state.peers) expect(port).toBeGreaterThan(0);
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});
