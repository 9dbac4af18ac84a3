import { createHash } from 'node:crypto';

/**
 * Tracker shards in the order in which a swarm uses them: rendezvous hashing, so that every member of a swarm comes to
 * the same shard without talking to the others, and losing a shard moves only the swarms it had.
 */
export function shardOrder(infoHash: Uint8Array, endpoints: readonly string[]): string[] {
  const weighed = [...new Set(endpoints)].map((endpoint) => ({
    endpoint,
    weight: weigh(infoHash, endpoint),
  }));
  return weighed.sort((a, b) => Buffer.compare(b.weight, a.weight)).map(({ endpoint }) => endpoint);
}

function weigh(infoHash: Uint8Array, endpoint: string): Buffer {
  return createHash('sha256').update(infoHash).update(endpoint).digest();
}
