import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DigestHex } from '@shoal/fleet';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Layout,
  openLayout,
  partIncomingPath,
  partPath,
  partRemovedPath,
  publishedPath,
} from './layout.ts';
import { hasPart, removePart, replacePart, settlePart } from './parts.ts';

const DIGEST = 'a'.repeat(64) as DigestHex;

let root: string;
let layout: Layout;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'shoal-parts-'));
  layout = await openLayout(root);
});
afterEach(() => rm(root, { recursive: true }));

async function tree(path: string, content = 'the same'): Promise<string> {
  await mkdir(path, { recursive: true });
  await writeFile(join(path, 'file'), content);
  return path;
}

async function expectLink(): Promise<void> {
  expect(await readdir(layout.parts)).toEqual([DIGEST]);
  expect(await realpath(partPath(layout, DIGEST))).toBe(await realpath(publishedPath(layout, DIGEST)));
  expect(await readFile(join(partPath(layout, DIGEST), 'file'), 'utf8')).toBe('the same');
  expect(await hasPart(layout, DIGEST)).toBe(false);
}

describe('a part', () => {
  beforeEach(() => tree(partPath(layout, DIGEST)));

  it('becomes a link to the whole tree', async () => {
    await tree(publishedPath(layout, DIGEST));
    await tree(partIncomingPath(layout, DIGEST));
    await replacePart(layout, DIGEST);
    await expectLink();
    await replacePart(layout, DIGEST);
    await expectLink();
  });

  it('is removed with what was fetched for it', async () => {
    await tree(partIncomingPath(layout, DIGEST));
    await removePart(layout, DIGEST);
    expect(await readdir(layout.parts)).toEqual([]);
  });

  it('stays when nothing was begun with it', async () => {
    await settlePart(layout, DIGEST);
    expect(await hasPart(layout, DIGEST)).toBe(true);
  });

  it('that was published by an older release becomes a link too', async () => {
    await tree(publishedPath(layout, DIGEST));
    await settlePart(layout, DIGEST);
    await expectLink();
  });
});

describe('after a crash', () => {
  it('between the renames the link is put in place', async () => {
    await tree(publishedPath(layout, DIGEST));
    await tree(partRemovedPath(layout, DIGEST));
    await symlink('nowhere', `${partRemovedPath(layout, DIGEST)}.link`);
    await settlePart(layout, DIGEST);
    await expectLink();
  });

  it('in the middle of a removal that goes on', async () => {
    await tree(partRemovedPath(layout, DIGEST));
    await settlePart(layout, DIGEST);
    expect(await readdir(layout.parts)).toEqual([]);
  });

  it('links to trees that are gone are removed', async () => {
    await symlink('../store/gone', partPath(layout, DIGEST));
    await settlePart(layout, DIGEST);
    expect(await readdir(layout.parts)).toEqual([]);
  });
});

it('is not there where nothing was asked for', async () => {
  await tree(publishedPath(layout, DIGEST));
  await replacePart(layout, DIGEST);
  await removePart(layout, DIGEST);
  expect(await readdir(layout.parts)).toEqual([]);
});
