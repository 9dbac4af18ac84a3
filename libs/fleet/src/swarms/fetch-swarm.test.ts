import { createHash } from 'node:crypto';
import { type DeepPartial, GetSwarmResponse, type SwarmDescription } from '@shoal/contracts';
import {
  contentDigest,
  createMetainfo,
  fileRootOfLeaves,
  type ManifestEntry,
  type MetainfoFormat,
} from '@shoal/protocol';
import { systemClock } from '@shoal/service';
import { describe, expect, it } from 'vitest';
import { fetchSwarm, type SwarmQuery } from './fetch-swarm.ts';

const CONTENT = Buffer.from('hello swarm');
const ROOT = fileRootOfLeaves(createHash('sha256').update(CONTENT).digest());
const ENTRIES: ManifestEntry[] = [
  { kind: 'file', path: ['bin', 'run'], length: CONTENT.length, executable: true, piecesRoot: ROOT },
];
const DIGEST = contentDigest(ENTRIES);
const QUERY: SwarmQuery = {
  namespace: 'default',
  hostId: 'host-1',
  name: 'web',
  version: '',
  contentDigest: DIGEST,
};

function metainfoFile(format: MetainfoFormat = 'v2'): Uint8Array {
  const profile = { version: 1, format, pieceLength: 65_536, private: true, source: 'default' } as const;
  const v1Pieces = createHash('sha1').update(CONTENT).digest();
  return createMetainfo({ name: 'web', entries: ENTRIES, profile, ...(format !== 'v2' && { v1Pieces }) })
    .bytes;
}

function describing(metainfo: Uint8Array, digest: Uint8Array = DIGEST): DeepPartial<SwarmDescription> {
  return {
    artifact: { namespace: 'default', name: 'web', version: '1.0.0', contentDigest: digest },
    trackerEndpoints: ['127.0.0.1:7410'],
    grant: 'g.s',
    grantExpiresAt: new Date(5_000),
    metainfoSize: metainfo.length,
  };
}

type Part = DeepPartial<GetSwarmResponse>['part'];

function catalog(...parts: Part[]) {
  return {
    getSwarm: async function* () {
      for (const part of parts) yield await Promise.resolve(GetSwarmResponse.fromPartial({ part }));
    },
  };
}

function swarm(value: DeepPartial<SwarmDescription>): Part {
  return { $case: 'swarm', value };
}

function chunk(value: Uint8Array): Part {
  return { $case: 'metainfo', value };
}

const signal = new AbortController().signal;
const fetching = (fleet: ReturnType<typeof catalog>, query = QUERY) =>
  fetchSwarm({ fleet, clock: systemClock }, query, signal);

describe('fetchSwarm', () => {
  it.each(['v2', 'hybrid', 'v1'] as const)('joins the chunks and describes a %s swarm', async (format) => {
    const file = metainfoFile(format);
    const fetched = await fetching(
      catalog(swarm(describing(file)), chunk(file.subarray(0, 7)), chunk(file.subarray(7))),
    );
    expect(Buffer.compare(fetched.metainfoBytes, file)).toBe(0);
    expect(fetched.record).toMatchObject({
      name: 'web',
      version: '1.0.0',
      grant: 'g.s',
      grantExpiresAt: 5_000,
    });
    expect(fetched.record.contentDigest).toBe(Buffer.from(DIGEST).toString('hex'));
    const hash = format === 'v2' ? fetched.record.infoHashV2 : fetched.record.infoHashV1;
    expect(fetched.record.key).toBe(hash?.slice(0, 40));
    expect(fetched.record.infoHashLenient?.length).toBe(format === 'hybrid' ? 40 : undefined);
  });

  it('refuses content other than the one asked for', async () => {
    const file = metainfoFile();
    const other = { ...QUERY, contentDigest: new Uint8Array(32) };
    const lying = fetching(catalog(swarm(describing(file, other.contentDigest)), chunk(file)), other);
    await expect(lying).rejects.toMatchObject({ code: 'SHOAL_SWARM_CONTENT_MISMATCH' });
    const honest = fetching(catalog(swarm(describing(file)), chunk(file)), other);
    await expect(honest).rejects.toMatchObject({ code: 'SHOAL_SWARM_CONTENT_MISMATCH' });
  });

  it('takes whatever content a version has when none was named', async () => {
    const file = metainfoFile();
    const { namespace, hostId, name, version } = QUERY;
    const byVersion = { namespace, hostId, name, version };
    const fetched = await fetching(catalog(swarm(describing(file)), chunk(file)), byVersion);
    expect(fetched.metainfo.totalSize).toBe(CONTENT.length);
  });

  it('reserves no memory for a metainfo beyond the bound', async () => {
    const huge = { ...describing(metainfoFile()), metainfoSize: 0xffff_ffff };
    await expect(fetching(catalog(swarm(huge)))).rejects.toMatchObject({
      code: 'SHOAL_SWARM_METAINFO_TOO_LARGE',
    });
  });

  it.each([
    [
      'more metainfo than announced',
      (file: Uint8Array) => [swarm(describing(file)), chunk(file), chunk(file)],
    ],
    [
      'less metainfo than announced',
      (file: Uint8Array) => [swarm(describing(file)), chunk(file.subarray(1))],
    ],
    ['metainfo before the description', (file: Uint8Array) => [chunk(file), swarm(describing(file))]],
    [
      'two descriptions',
      (file: Uint8Array) => [swarm(describing(file)), swarm(describing(file)), chunk(file)],
    ],
    ['nothing', () => []],
    ['an empty part', () => [undefined]],
  ])('refuses an answer with %s', async (_what, parts) => {
    const answer = fetching(catalog(...parts(metainfoFile())));
    await expect(answer).rejects.toMatchObject({ code: 'SHOAL_SWARM_ANSWER_INVALID' });
  });

  it('raises the error of a metainfo that is none', async () => {
    const file = Buffer.from('not bencode');
    await expect(fetching(catalog(swarm(describing(file)), chunk(file)))).rejects.toMatchObject({
      code: expect.stringMatching(/^SHOAL_METAINFO_/) as string,
    });
  });
});
