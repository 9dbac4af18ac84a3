import {
  createStreamMetrics,
  startStreamServer,
  type StreamServer,
  type SwarmRecord,
  type SwarmRecords,
} from '@shoal/fleet';
import type { FileSelectionInit } from '@shoal/protocol';
import type { Logger, Telemetry } from '@shoal/service';
import { MAX_STREAMS } from '../constants.ts';
import { AgentError } from '../errors.ts';
import { priorityOf } from '../partial/part-selection.ts';
import { artifactContent, type ArtifactContentComponents } from './artifact-content.ts';

/** Collaborators of {@link createArtifactStreams}. */
export interface ArtifactStreamsComponents extends ArtifactContentComponents {
  readonly records: Pick<SwarmRecords, 'metainfo'>;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
}

/** What of an artifact is served, and where. */
export interface ArtifactStream {
  readonly record: SwarmRecord;
  readonly selection: FileSelectionInit;
  /** host:port on loopback. */
  readonly listen: string;
}

/** Serves artifacts over HTTP to programs on this host, for as long as somebody asks the agent to. */
export interface ArtifactStreams {
  /**
   * Starts a server; stop it.
   * @throws AgentError SHOAL_AGENT_TOO_MANY_STREAMS; SelectionError; ShoalError SHOAL_SERVICE_NOT_LOOPBACK,
   * SHOAL_SERVICE_LISTEN_FAILED; what reading the metainfo raises
   */
  serve(stream: ArtifactStream): Promise<StreamServer>;
}

/** @param init `readTimeoutMs`: how long one read waits for its bytes, in milliseconds */
export function createArtifactStreams(
  components: ArtifactStreamsComponents,
  { readTimeoutMs }: { readonly readTimeoutMs: number },
): ArtifactStreams {
  const { records, logger, telemetry } = components;
  const metrics = createStreamMetrics(telemetry);
  let running = 0;

  async function start({ record, selection, listen }: ArtifactStream): Promise<StreamServer> {
    const metainfo = await records.metainfo(record.key);
    const priority = priorityOf(metainfo.files, selection);
    const content = artifactContent(components, record);
    return await startStreamServer(
      { content, logger, telemetry, metrics },
      { listen, metainfo, isServed: (file) => priority(file) > 0, readTimeoutMs },
    );
  }

  return {
    async serve(stream) {
      if (running >= MAX_STREAMS) {
        const message = `this agent serves ${MAX_STREAMS} artifacts over HTTP already`;
        throw new AgentError('SHOAL_AGENT_TOO_MANY_STREAMS', message);
      }
      running += 1;
      try {
        const server = await start(stream);
        return { url: server.url, stop: () => server.stop().finally(() => (running -= 1)) };
      } catch (error) {
        running -= 1;
        throw error;
      }
    },
  };
}
