import { type Queries, swarms } from '@shoal/database';
import { METAINFO_CHUNK_BYTES } from '../constants.ts';

/** The metainfo of a swarm in chunks, each read when the one before is on its way: it can be megabytes. */
export async function* metainfoChunks(queries: Queries, swarm: swarms.SwarmView): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < swarm.metainfoSize; offset += METAINFO_CHUNK_BYTES) {
    yield await swarms.readMetainfo(queries, swarm, offset, METAINFO_CHUNK_BYTES);
  }
}

/** The whole metainfo of a swarm. */
export async function readMetainfo(queries: Queries, swarm: swarms.SwarmView): Promise<Uint8Array> {
  return swarms.readMetainfo(queries, swarm, 0, swarm.metainfoSize);
}
