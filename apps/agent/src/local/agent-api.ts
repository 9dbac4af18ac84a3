import type {
  AgentServiceImplementation,
  FetchRequest,
  FetchResponse,
  HeldArtifact,
  HeldPart,
  RemovePartsRequest,
  ScrubRequest,
  ScrubResponse,
  StatusResponse,
} from '@shoal/contracts';
import {
  digestBytes,
  findScrubbed,
  lifetimeOf,
  scrubArtifacts,
  type Scrubber,
  type SwarmMembers,
  type SwarmRecords,
  type TreesAtRest,
} from '@shoal/fleet';
import { AgentError } from '../errors.ts';
import { heldReport } from '../fetch/transfer-report.ts';
import { heldParts } from '../partial/held-parts.ts';
import type { HostIdentity } from '../report/host-reports.ts';
import { publishedPath } from '../store/layout.ts';
import { liveDigest } from '../store/live-links.ts';
import { isArtifactName, isArtifactVersion } from '../store/names.ts';
import { isPublished } from '../store/publish.ts';
import { fetchArtifact, type FetchArtifactComponents, isPart } from './fetch-artifact.ts';
import { removeParts } from './remove-parts.ts';
import { trafficMessage } from './traffic-message.ts';

/** Collaborators of {@link createAgentApi}. */
export interface AgentApiComponents extends FetchArtifactComponents {
  readonly records: SwarmRecords;
  readonly members: SwarmMembers;
  readonly scrubber: Pick<Scrubber, 'scrub' | 'report' | 'forget'>;
  readonly trees: TreesAtRest;
  readonly status: () => Promise<StatusResponse>;
}

/** The local API: what deploy scripts on this host ask of the agent. */
export function createAgentApi(
  components: AgentApiComponents,
  host: HostIdentity,
): AgentServiceImplementation {
  const { layout, records, members, fetcher, status } = components;

  function fetch(request: FetchRequest, signal: AbortSignal): AsyncGenerator<FetchResponse> {
    return fetchArtifact(components, check(request, host), signal);
  }

  async function* scrub(request: ScrubRequest, signal: AbortSignal): AsyncGenerator<ScrubResponse> {
    checkArtifact(request, host, { mayBeAny: true });
    const wanted = await findScrubbed(components, request);
    if (wanted.size === 0 && request.name !== '') throw notHeld(request);
    yield* scrubArtifacts(components, wanted, signal);
  }

  async function list(): Promise<HeldArtifact[]> {
    const held = (await records.list()).map(async (record): Promise<HeldArtifact> => {
      const { namespace, name, version, contentDigest, size } = record;
      const complete = await isPublished(layout, contentDigest);
      const { accounts, seedMillis } = await lifetimeOf({ members, records }, record.key);
      return {
        namespace,
        name,
        version,
        contentDigest: digestBytes(contentDigest),
        path: complete ? publishedPath(layout, contentDigest) : '',
        complete,
        live: (await liveDigest(layout, name)) === contentDigest,
        transfer: fetcher.transfer(contentDigest) ?? heldReport(complete ? size : 0),
        lifetime: trafficMessage(accounts),
        seedMillis: BigInt(Math.round(seedMillis)),
      };
    });
    return await Promise.all(held);
  }

  async function removeAsked(request: RemovePartsRequest): Promise<HeldPart[]> {
    checkArtifact(request, host, { mayBeAny: false });
    const { name, version } = request;
    const wanted = await heldParts(
      components,
      (record) => record.name === name && (version === '' || record.version === version),
    );
    if (wanted.length === 0) {
      throw new AgentError('SHOAL_AGENT_NO_PART', `there is no part of ${nameOf(request)} on this host`);
    }
    return await removeParts(components, wanted);
  }

  return {
    fetch: (request, { signal }) => fetch(request, signal),
    scrub: (request, { signal }) => scrub(request, signal),
    status,
    list: async () => ({
      artifacts: await list(),
      parts: (await heldParts(components)).map(({ held }) => held),
    }),
    removeParts: async (request) => ({ removed: await removeAsked(request) }),
  };
}

function check(request: FetchRequest, host: HostIdentity): FetchRequest {
  checkArtifact(request, host, { mayBeAny: false });
  const { name } = request;
  if (request.activate && isPart(request)) {
    throw new AgentError('SHOAL_AGENT_ACTIVATES_PART', `a part of ${name} cannot be made live`);
  }
  if (request.priorities.length > 0 && !isPart(request)) {
    throw new AgentError('SHOAL_AGENT_PRIORITIES_OF_ALL', `all of ${name} is wanted, in an order`);
  }
  return request;
}

function checkArtifact(
  { namespace, name, version }: Pick<FetchRequest, 'namespace' | 'name' | 'version'>,
  host: HostIdentity,
  { mayBeAny }: { readonly mayBeAny: boolean },
): void {
  if (namespace !== '' && namespace !== host.namespace) {
    const message = `this agent is in namespace ${host.namespace}, not ${namespace}`;
    throw new AgentError('SHOAL_AGENT_OTHER_NAMESPACE', message);
  }
  if (!(mayBeAny && name === '') && !isArtifactName(name)) {
    throw new AgentError('SHOAL_AGENT_INVALID_REQUEST', `${JSON.stringify(name)} is no artifact name`);
  }
  if (version !== '' && !isArtifactVersion(version)) {
    throw new AgentError('SHOAL_AGENT_INVALID_REQUEST', `${JSON.stringify(version)} is no artifact version`);
  }
}

function notHeld(request: ScrubRequest): AgentError {
  return new AgentError(
    'SHOAL_AGENT_NOT_HELD',
    `${nameOf(request)} is not complete on this host, and no part of it`,
  );
}

function nameOf({ name, version }: Pick<ScrubRequest, 'name' | 'version'>): string {
  return version === '' ? name : `${name}@${version}`;
}
