import type { FleetServiceDefinition, GetSwarmResponse, SwarmDescription } from '@shoal/contracts';
import { contentDigest, manifestOf, type Metainfo, parseMetainfo } from '@shoal/protocol';
import type { Clock, GrpcClient } from '@shoal/service';
import { GET_SWARM_DEADLINE_MS, MAX_METAINFO_BYTES } from '../constants.ts';
import { FleetError } from '../errors.ts';
import { digestHex, infoHashOf, type SwarmKey, type SwarmRecord, swarmKeyOf } from './swarm-record.ts';

/** Which swarm to ask for. */
export interface SwarmQuery {
  readonly namespace: string;
  /** Who asks: the grant will name it. */
  readonly hostId: string;
  /** The artifact's name. */
  readonly name: string;
  /** The artifact's version; empty for the one published last. Ignored when `contentDigest` is given. */
  readonly version: string;
  /** The content that must come; any when absent. */
  readonly contentDigest?: Uint8Array;
  /** Which of the artifact's swarms; the main one when absent. */
  readonly key?: SwarmKey;
}

/** Everything needed to join a swarm. */
export interface FetchedSwarm {
  readonly record: SwarmRecord;
  readonly metainfo: Metainfo;
  readonly metainfoBytes: Uint8Array;
}

/** Collaborators of {@link fetchSwarm}. */
export interface FetchSwarmComponents {
  readonly fleet: Pick<GrpcClient<FleetServiceDefinition>, 'getSwarm'>;
  readonly clock: Clock;
}

/**
 * Asks the catalog for a swarm and checks what it says: the metainfo's bounds, form and content.
 * @throws FleetError SHOAL_SWARM_*, the errors of `parseMetainfo`, or what the catalog answered (ShoalError)
 */
export async function fetchSwarm(
  { fleet, clock }: FetchSwarmComponents,
  query: SwarmQuery,
  signal: AbortSignal,
): Promise<FetchedSwarm> {
  const grantedAt = clock.now();
  const answer = fleet.getSwarm(requestOf(query), { signal, deadlineMs: GET_SWARM_DEADLINE_MS });
  const { description, metainfoBytes } = await collect(answer);
  const metainfo = parseMetainfo(metainfoBytes);
  checkContent(description, metainfo, query);
  return { record: recordOf(description, metainfo, grantedAt), metainfo, metainfoBytes };
}

function requestOf(query: SwarmQuery) {
  const { namespace, hostId, name, version, key } = query;
  const infoHash = key === undefined ? new Uint8Array() : infoHashOf(key);
  const artifact =
    query.contentDigest === undefined
      ? ({ $case: 'artifactVersion', value: { name, version } } as const)
      : ({ $case: 'contentDigest', value: query.contentDigest } as const);
  return { namespace, hostId, artifact, name, infoHash };
}

/** Reads the stream into one buffer of the size that its first message announces. */
async function collect(answer: AsyncIterable<GetSwarmResponse>) {
  let description: SwarmDescription | undefined;
  let metainfoBytes = new Uint8Array();
  let received = 0;
  for await (const { part } of answer) {
    if (part?.$case === 'swarm' && description === undefined) {
      description = part.value;
      metainfoBytes = allocate(description.metainfoSize);
    } else if (part?.$case === 'metainfo' && received + part.value.length <= metainfoBytes.length) {
      metainfoBytes.set(part.value, received);
      received += part.value.length;
    } else {
      throw invalid('its parts are out of order, or more than it announced');
    }
  }
  if (description === undefined) throw invalid('it described no swarm');
  if (received < metainfoBytes.length) throw invalid('it ended before all of the metainfo');
  return { description, metainfoBytes };
}

function allocate(size: number): Uint8Array<ArrayBuffer> {
  if (size <= MAX_METAINFO_BYTES) return new Uint8Array(size);
  throw new FleetError(
    'SHOAL_SWARM_METAINFO_TOO_LARGE',
    `the metainfo has ${size} bytes, at most ${MAX_METAINFO_BYTES} are taken`,
  );
}

/** The content of a metainfo with Merkle roots is proven here; that of a v1 one only by the bytes that come. */
function checkContent(description: SwarmDescription, metainfo: Metainfo, query: SwarmQuery): void {
  const described = description.artifact?.contentDigest ?? new Uint8Array();
  const wanted = query.contentDigest ?? described;
  const actual = metainfo.infoHashV2 === undefined ? described : contentDigest(manifestOf(metainfo));
  for (const digest of [described, actual]) {
    if (Buffer.compare(digest, wanted) === 0) continue;
    throw new FleetError(
      'SHOAL_SWARM_CONTENT_MISMATCH',
      `asked for ${query.name} with content ${digestHex(wanted)}, got ${digestHex(digest)}`,
    );
  }
  const key = swarmKeyOf(metainfo);
  if (query.key !== undefined && query.key !== key) {
    const message = `asked for swarm ${query.key} of ${query.name}, got ${key}`;
    throw new FleetError('SHOAL_SWARM_CONTENT_MISMATCH', message);
  }
}

function recordOf(description: SwarmDescription, metainfo: Metainfo, grantedAt: number): SwarmRecord {
  const { artifact, grant, grantExpiresAt, trackerEndpoints } = description;
  if (artifact === undefined || grantExpiresAt === undefined)
    throw invalid('it lacks the artifact or the grant');
  const { infoHashV1, infoHashV2, infoHashLenient, private: isPrivate, totalSize } = metainfo;
  return {
    key: swarmKeyOf(metainfo),
    namespace: artifact.namespace,
    name: artifact.name,
    version: artifact.version,
    contentDigest: digestHex(artifact.contentDigest),
    ...(infoHashV1 && { infoHashV1: Buffer.from(infoHashV1).toString('hex') }),
    ...(infoHashV2 && { infoHashV2: Buffer.from(infoHashV2).toString('hex') }),
    ...(infoHashLenient && { infoHashLenient: Buffer.from(infoHashLenient).toString('hex') }),
    private: isPrivate,
    size: totalSize,
    grant,
    grantedAt,
    grantExpiresAt: grantExpiresAt.getTime(),
    trackerEndpoints,
  };
}

function invalid(what: string): FleetError {
  return new FleetError('SHOAL_SWARM_ANSWER_INVALID', `the catalog's answer cannot be used: ${what}`);
}
