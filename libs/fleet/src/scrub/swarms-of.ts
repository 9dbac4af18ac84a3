import type { DigestHex, SwarmRecord } from '../swarms/swarm-record.ts';
import type { SwarmRecords } from '../swarms/swarm-records.ts';

/** The swarms of one content that a host is in: the fleet's, of v2 or hybrid torrents, before others on the side, for stock clients. */
export async function swarmsOf(
  records: Pick<SwarmRecords, 'list'>,
  digest: DigestHex,
): Promise<SwarmRecord[]> {
  const own = (await records.list()).filter(({ contentDigest }) => contentDigest === digest);
  return own.sort((a, b) => rank(a) - rank(b));
}

function rank({ infoHashV2 }: SwarmRecord): number {
  return infoHashV2 === undefined ? 1 : 0;
}
