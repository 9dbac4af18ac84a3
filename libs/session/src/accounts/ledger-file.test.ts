import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { combine } from './accounts.ts';
import { LedgerFile, NEW_LEDGER } from './ledger-file.ts';

const INFO_HASH = new Uint8Array(20).fill(1);

let directory: string;
let path: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'shoal-ledger-'));
  path = join(directory, 'it.ledger');
});

afterEach(() => rm(directory, { recursive: true }));

const STATE = { accounts: combine(() => 2 ** 53 - 1), seedMillis: 123_456_789 };

it('reads back what was written last, and leaves nothing else behind', async () => {
  const file = new LedgerFile(path, INFO_HASH);
  await file.write(NEW_LEDGER);
  await file.write(STATE);
  expect(await file.read()).toEqual(STATE);
  expect(await readdir(directory)).toEqual(['it.ledger']);
});

it('begins anew when the file is missing, of another torrent, or damaged', async () => {
  const file = new LedgerFile(path, INFO_HASH);
  expect(await file.read()).toEqual(NEW_LEDGER);
  await file.write(STATE);
  expect(await new LedgerFile(path, new Uint8Array(20)).read()).toEqual(NEW_LEDGER);
  const whole = await readFile(path);
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: whole.length - 1 }), async (length) => {
      await writeFile(path, whole.subarray(0, length));
      expect(await file.read()).toEqual(NEW_LEDGER);
    }),
  );
});

it('fails with the system’s error when it cannot be written', async () => {
  const file = new LedgerFile(join(directory, 'missing', 'it.ledger'), INFO_HASH);
  await expect(file.write(STATE)).rejects.toMatchObject({ code: 'ENOENT' });
});
