import type {
  ExportTorrentRequest,
  ExportTorrentResponse,
  SwarmServiceImplementation,
} from '@shoal/contracts';
import { copies, sideSwarms } from '@shoal/database';
import type { RequestContext } from '@shoal/service';
import { METAINFO_CHUNK_BYTES } from '../constants.ts';
import { liveHolders, refreshHolders } from '../uploads/live-holders.ts';
import { claimSwarm } from './claim-swarm.ts';
import { completeSwarm } from './complete-swarm.ts';
import { createSwarm } from './create-swarm.ts';
import { type ExportInit, exportTorrent } from './export-torrent.ts';
import { listSwarms } from './list-swarms.ts';
import type { SwarmComponents } from './swarm-components.ts';
import { requestedSwarm } from './wanted-swarm.ts';

/** The swarms of an artifact, side swarms on demand among them (proto: SwarmService). */
export function createSwarmService(
  components: SwarmComponents,
  init: ExportInit,
): SwarmServiceImplementation<RequestContext> {
  const { database } = components;
  return {
    async createSwarm({ wanted }, { principal }) {
      return { swarm: await createSwarm(components, wanted, principal) };
    },

    listSwarms: (request) => listSwarms(database.db, request),

    async deleteSwarm({ wanted }) {
      const { key } = await requestedSwarm(database.db, wanted);
      const { namespace, contentDigest } = key;
      const deleted = await database.transaction(async (transaction) => {
        const existed = await sideSwarms.remove(transaction, key);
        if (existed) await copies.swarmsChanged(transaction, namespace, contentDigest);
        return existed;
      });
      if (deleted) await refreshHolders(components, await liveHolders(components, namespace, contentDigest));
      return { deleted };
    },

    exportTorrent: (request) => exportChunks(components, init, request),
    claimSwarm: (request) => claimSwarm(components, request),
    async completeSwarm(messages) {
      await completeSwarm(components, messages);
      return {};
    },
  };
}

async function* exportChunks(
  components: SwarmComponents,
  init: ExportInit,
  { wanted }: ExportTorrentRequest,
): AsyncGenerator<ExportTorrentResponse> {
  const { bytes } = await exportTorrent(components, init, wanted);
  for (let sent = 0; sent < bytes.length; sent += METAINFO_CHUNK_BYTES) {
    yield { chunk: bytes.subarray(sent, sent + METAINFO_CHUNK_BYTES) };
  }
}
