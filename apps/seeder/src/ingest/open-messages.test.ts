import { type DeepPartial, type ManifestEntry, OpenUploadRequest, SwarmFormat } from '@shoal/contracts';
import { describe, expect, it } from 'vitest';
import { readOpenUpload } from './open-messages.ts';

const PROFILE = {
  version: 1,
  format: SwarmFormat.SWARM_FORMAT_V2,
  pieceLength: 65_536,
  private: true,
  source: 's',
};
const HEADER = { ticket: 't', name: 'web', profile: PROFILE };

type Part = DeepPartial<OpenUploadRequest>['part'];

function header(fields: object = {}): Part {
  return { $case: 'header', value: { ...HEADER, ...fields } };
}

function manifest(...entries: DeepPartial<ManifestEntry>[]): Part {
  return { $case: 'manifest', value: { entries } };
}

function file(path: string[], length = 1n): DeepPartial<ManifestEntry> {
  return { path, kind: { $case: 'file', value: { length } } };
}

async function* messages(parts: readonly Part[]) {
  for (const part of parts) yield await Promise.resolve(OpenUploadRequest.fromPartial({ part }));
}

const read = (...parts: Part[]) => readOpenUpload(messages(parts), () => undefined);

describe('readOpenUpload', () => {
  it('joins the chunks of a manifest', async () => {
    const link: DeepPartial<ManifestEntry> = {
      path: ['c'],
      kind: { $case: 'symlink', value: { target: ['a'] } },
    };
    const opened = await read(header(), manifest(file(['a'])), manifest(file(['b'], 5n), link));
    expect(opened.profile).toEqual({
      version: 1,
      format: 'v2',
      pieceLength: 65_536,
      private: true,
      source: 's',
    });
    expect([...opened.manifest]).toEqual([
      { kind: 'file', path: ['a'], length: 1, executable: false },
      { kind: 'file', path: ['b'], length: 5, executable: false },
      { kind: 'symlink', path: ['c'], target: ['a'] },
    ]);
  });

  it('shows the header before it reads any manifest', async () => {
    const refusing = readOpenUpload(messages([header(), manifest(file(['..']))]), () => {
      throw new Error('refused');
    });
    await expect(refusing).rejects.toThrow('refused');
  });

  it.each([
    ['no header', [], 'SHOAL_UPLOAD_PROTOCOL'],
    ['the manifest first', [manifest(file(['a'])), header()], 'SHOAL_UPLOAD_PROTOCOL'],
    ['two headers', [header(), header(), manifest(file(['a']))], 'SHOAL_UPLOAD_PROTOCOL'],
    ['an entry of no kind', [header(), manifest({ path: ['a'] })], 'SHOAL_MANIFEST_ENTRY_KIND'],
    [
      'an unknown profile',
      [header({ profile: { ...PROFILE, version: 2 } }), manifest(file(['a']))],
      'SHOAL_UPLOAD_PROTOCOL',
    ],
    [
      'an odd piece length',
      [header({ profile: { ...PROFILE, pieceLength: 65_537 } }), manifest(file(['a']))],
      'SHOAL_UPLOAD_PROTOCOL',
    ],
    ['a path that leaves the tree', [header(), manifest(file(['..', 'etc']))], 'SHOAL_MANIFEST_INVALID_PATH'],
    ['paths in another order', [header(), manifest(file(['b']), file(['a']))], 'SHOAL_MANIFEST_NOT_SORTED'],
    ['a length beyond 2^53', [header(), manifest(file(['a'], 2n ** 63n))], 'SHOAL_MANIFEST_INVALID_LENGTH'],
  ] as [string, Part[], string][])('refuses %s', async (_what, parts, code) => {
    await expect(read(...parts)).rejects.toMatchObject({ code });
  });

  it('gives up on a manifest that grows beyond its bound', async () => {
    const long = 'x'.repeat(250);
    const entries = Array.from({ length: 1_000 }, (_, index) => file([long, long, long, String(index)]));
    let chunks = 0;
    async function* endless() {
      yield OpenUploadRequest.fromPartial({ part: header() });
      const message = OpenUploadRequest.fromPartial({ part: manifest(...entries) });
      for (; ; chunks += 1) yield await Promise.resolve(message);
    }
    const reading = readOpenUpload(endless(), () => undefined);
    await expect(reading).rejects.toMatchObject({ code: 'SHOAL_UPLOAD_MANIFEST_TOO_LARGE' });
    expect(chunks).toBeLessThan(100);
  });
});
