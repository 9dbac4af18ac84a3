import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DigestHex, SwarmKey, SwarmRecord } from './swarm-record.ts';
import { openSwarmRecords } from './swarm-records.ts';

const RECORD: SwarmRecord = {
  key: 'a'.repeat(40) as SwarmKey,
  namespace: 'default',
  name: 'web',
  version: '1',
  contentDigest: 'b'.repeat(64) as DigestHex,
  infoHashV1: 'a'.repeat(40),
  size: 5,
  grant: 'g0',
  grantedAt: 1,
  grantExpiresAt: 2,
  trackerEndpoints: ['127.0.0.1:1'],
};

describe('swarm records', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'shoal-records-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('keeps swarms across openings, the metainfo byte for byte', async () => {
    const metainfo = Buffer.from([0, 1, 2, 255]);
    await (await openSwarmRecords(directory)).save(RECORD, metainfo);
    const again = await openSwarmRecords(directory);
    expect(await again.list()).toEqual([RECORD]);
    expect(Buffer.compare(await again.metainfoBytes(RECORD.key), metainfo)).toBe(0);
  });

  it('ends with the update made last when several overlap', async () => {
    const records = await openSwarmRecords(directory);
    await records.save(RECORD, Buffer.from('m'));
    const grants = Array.from({ length: 10 }, (_, index) => `g${index}`);
    await Promise.all(grants.map((grant) => records.update({ ...RECORD, grant })));
    expect(await records.list()).toEqual([{ ...RECORD, grant: 'g9' }]);
  });

  it('leaves out records that are damaged, unfinished or under a wrong name', async () => {
    const records = await openSwarmRecords(directory);
    await records.save(RECORD, Buffer.from('m'));
    const damaged = { ...RECORD, key: 'c'.repeat(40), contentDigest: '../../etc' };
    await writeFile(join(directory, `${'c'.repeat(40)}.json`), JSON.stringify(damaged));
    await writeFile(join(directory, `${'d'.repeat(40)}.json`), JSON.stringify(RECORD));
    await writeFile(join(directory, `${'e'.repeat(40)}.json`), '{"key":');
    await writeFile(join(directory, `${'f'.repeat(40)}.json.new`), JSON.stringify(RECORD));
    expect(await records.list()).toEqual([RECORD]);
  });

  it('forgets a swarm with its files', async () => {
    const records = await openSwarmRecords(directory);
    await records.save(RECORD, Buffer.from('m'));
    await records.remove(RECORD.key);
    await records.remove(RECORD.key);
    expect(await readdir(directory)).toEqual([]);
  });
});
