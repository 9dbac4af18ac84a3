import { type CreateUploadRequest, ManifestEntry, SwarmFormat, UploadHeader } from '@shoal/contracts';
import { MAX_ENTRIES } from '@shoal/protocol';
import { describe, expect, it } from 'vitest';
import { decodeManifest, manifestChunks } from '@shoal/fleet';
import { receiveManifest } from './receive-manifest.ts';

type Part = CreateUploadRequest['part'];

const ROOT = Buffer.alloc(32, 7);

function header(fields: Partial<UploadHeader> = {}): Part {
  const value = UploadHeader.fromPartial({ namespace: 'default', name: 'web', version: '1', ...fields });
  return { $case: 'header', value };
}

function file(path: string, length = 1, piecesRoot: Uint8Array = new Uint8Array()): ManifestEntry {
  const value = { length: BigInt(length), executable: false, piecesRoot };
  return { path: path.split('/'), kind: { $case: 'file', value } };
}

function chunk(...entries: readonly ManifestEntry[]): Part {
  return { $case: 'manifest', value: { entries: [...entries] } };
}

async function* messages(parts: Iterable<Part>): AsyncGenerator<CreateUploadRequest> {
  for (const part of parts) yield await Promise.resolve({ part });
}

const receive = (...parts: readonly Part[]) => receiveManifest(messages(parts));

describe('receiving a manifest', () => {
  it('puts the chunks together, whatever they are cut into', async () => {
    const link: ManifestEntry = { path: ['z'], kind: { $case: 'symlink', value: { target: ['a'] } } };
    const whole = await receive(header(), chunk(file('a', 5), file('b/c', 7), link));
    const parts = await receive(header(), chunk(file('a', 5)), chunk(), chunk(file('b/c', 7), link));
    expect(parts).toEqual(whole);
    expect(whole).toMatchObject({ name: 'web', size: 12n, hashed: false, format: undefined });
    expect(decodeManifest(whole.manifest)).toEqual(whole.entries);
  });

  it('knows content by roots only when every file that is not empty has one', async () => {
    expect((await receive(header(), chunk(file('a', 1, ROOT), file('empty', 0)))).hashed).toBe(true);
    expect((await receive(header(), chunk(file('a', 1, ROOT), file('b')))).hashed).toBe(false);
  });

  it('names what was asked for: files, roots and format', async () => {
    const plain = await receive(header(), chunk(file('a')));
    const others = await Promise.all([
      receive(header(), chunk(file('a', 2))),
      receive(header(), chunk(file('a', 1, ROOT))),
      receive(header({ format: SwarmFormat.SWARM_FORMAT_V2 }), chunk(file('a'))),
    ]);
    const digests = [plain, ...others].map(({ manifestDigest }) =>
      Buffer.from(manifestDigest).toString('hex'),
    );
    expect(new Set(digests).size).toBe(4);
  });

  it.each<[string, string, Part[]]>([
    ['nothing', 'SHOAL_UPLOAD_STREAM_INVALID', []],
    ['no header', 'SHOAL_UPLOAD_STREAM_INVALID', [chunk(file('a'))]],
    ['two headers', 'SHOAL_UPLOAD_STREAM_INVALID', [header(), header()]],
    ['an empty message', 'SHOAL_UPLOAD_STREAM_INVALID', [header(), undefined]],
    ['an entry of no kind', 'SHOAL_MANIFEST_ENTRY_KIND', [header(), chunk({ path: ['a'], kind: undefined })]],
    ['a name with a slash', 'SHOAL_CATALOG_INVALID_REQUEST', [header({ name: 'a/b' })]],
    [
      'an unknown format',
      'SHOAL_CATALOG_INVALID_REQUEST',
      [header({ format: 9 as SwarmFormat }), chunk(file('a'))],
    ],
    ['no files', 'SHOAL_MANIFEST_NO_CONTENT', [header()]],
    ['entries out of order', 'SHOAL_MANIFEST_NOT_SORTED', [header(), chunk(file('b'), file('a'))]],
    ['the same path twice', 'SHOAL_MANIFEST_DUPLICATE_PATH', [header(), chunk(file('a'), file('a'))]],
    ['a path that climbs', 'SHOAL_MANIFEST_INVALID_PATH', [header(), chunk(file('../a'))]],
    ['a length beyond 2^53', 'SHOAL_MANIFEST_INVALID_LENGTH', [header(), chunk(file('a', 2 ** 60))]],
    [
      'a root of 31 bytes',
      'SHOAL_MANIFEST_INVALID_ROOT',
      [header(), chunk(file('a', 1, Buffer.alloc(31, 1)))],
    ],
    [
      'v1 without roots',
      'SHOAL_UPLOAD_ROOTS_MISSING',
      [header({ format: SwarmFormat.SWARM_FORMAT_V1 }), chunk(file('a'))],
    ],
  ])('refuses %s with %s', async (_, code, parts) => {
    await expect(receive(...parts)).rejects.toMatchObject({ code });
  });

  it('stops reading a manifest that does not end', async () => {
    let sent = 0;
    function* endless(): Generator<Part> {
      yield header();
      const names = Array.from({ length: 1_000 }, (_, index) => file(`f${index}`));
      for (; ; sent += names.length) yield chunk(...names);
    }
    await expect(receiveManifest(messages(endless()))).rejects.toMatchObject({
      code: 'SHOAL_UPLOAD_MANIFEST_TOO_LARGE',
    });
    expect(sent).toBeLessThanOrEqual(MAX_ENTRIES);
  });
});

describe('sending a manifest on', () => {
  it('keeps every message below 1 MiB, and all entries in order', () => {
    const entries = Array.from({ length: 9_000 }, (_, index) => ({
      kind: 'file' as const,
      path: ['d'.repeat(200), `${String(index).padStart(5, '0')}${'x'.repeat(200)}`],
      length: 1,
      executable: false,
      piecesRoot: ROOT,
    }));
    const chunks = [...manifestChunks(entries)];
    expect(chunks.flatMap(({ entries: sent }) => sent.map(({ path }) => path))).toEqual(
      entries.map(({ path }) => path),
    );
    for (const { entries: sent } of chunks) {
      const bytes = sent.reduce((sum, entry) => sum + ManifestEntry.encode(entry).finish().length, 0);
      expect(bytes).toBeLessThan(1024 * 1024);
    }
  });
});
