import type {
  AgentServiceImplementation,
  FetchRequest,
  FetchResponse,
  HeldArtifact,
  ScrubRequest,
  ScrubResponse,
  StatusResponse,
} from '@shoal/contracts';
import {
  type DigestHex,
  digestBytes,
  findScrubbed,
  followProgress,
  lifetimeOf,
  scrubArtifacts,
  type Scrubber,
  type SwarmMembers,
  type SwarmRecord,
  type SwarmRecords,
  type TreesAtRest,
} from '@shoal/fleet';
import type { Clock } from '@shoal/service';
import { PROGRESS_INTERVAL_MS } from '../constants.ts';
import { AgentError } from '../errors.ts';
import type { Fetcher, PublishedTree } from '../fetch/fetcher.ts';
import { heldReport } from '../fetch/transfer-report.ts';
import type { PartFetcher } from '../partial/part-fetcher.ts';
import type { Reconciler } from '../reconcile/reconciler.ts';
import type { HostIdentity } from '../report/host-reports.ts';
import { type Layout, publishedPath } from '../store/layout.ts';
import { liveDigest, makeLive } from '../store/live-links.ts';
import { isArtifactName, isArtifactVersion } from '../store/names.ts';
import { isPublished } from '../store/publish.ts';
import { trafficMessage } from './traffic-message.ts';

/** Collaborators of {@link createAgentApi}. */
export interface AgentApiComponents {
  readonly layout: Layout;
  readonly records: SwarmRecords;
  readonly members: SwarmMembers;
  readonly fetcher: Fetcher;
  readonly parts: PartFetcher;
  readonly reconciler: Reconciler;
  readonly scrubber: Pick<Scrubber, 'scrub'>;
  readonly trees: TreesAtRest;
  readonly clock: Clock;
  readonly status: () => Promise<StatusResponse>;
}

/** The local API: what deploy scripts on this host ask of the agent. */
export function createAgentApi(
  components: AgentApiComponents,
  host: HostIdentity,
): AgentServiceImplementation {
  const { layout, records, members, fetcher, parts, reconciler, clock, status } = components;

  async function* fetch(request: FetchRequest, signal: AbortSignal): AsyncGenerator<FetchResponse> {
    const { name, version, activate, only, priorities } = check(request, host);
    let digest: DigestHex | undefined;
    const onResolved = (record: SwarmRecord): void => void (digest = record.contentDigest);
    const ofPart = isPart({ only, priorities });
    const fetching = ofPart
      ? parts.fetch({ name, version, onResolved, selection: { only, priorities } }, signal)
      : fetcher.fetch({ name, version, onResolved }, signal);
    const source = ofPart ? parts : fetcher;
    const progress = () => (digest === undefined ? undefined : source.transfer(digest));
    for await (const transfer of followProgress(clock, fetching, progress, PROGRESS_INTERVAL_MS)) {
      yield { event: { $case: 'progress', value: transfer } };
    }
    const tree = await fetching;
    if (activate) await activateTree(name, tree);
    yield { event: { $case: 'done', value: doneOf(tree) } };
  }

  /** A host that follows a directive for the name is not moved to other content behind the rollout's back. */
  async function activateTree(name: string, { record }: PublishedTree): Promise<void> {
    const directive = reconciler.desired(name);
    if (directive?.phase === 'activate' && directive.contentDigest !== record.contentDigest) {
      const message = `a rollout keeps ${name} at version ${directive.version} on this host`;
      throw new AgentError('SHOAL_AGENT_UNDER_DIRECTIVE', message);
    }
    await makeLive(layout, name, record.contentDigest);
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

  return {
    fetch: (request, { signal }) => fetch(request, signal),
    scrub: (request, { signal }) => scrub(request, signal),
    status,
    list: async () => ({ artifacts: await list() }),
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

/** Whether something is left out. */
function isPart({ only, priorities }: Pick<FetchRequest, 'only' | 'priorities'>): boolean {
  return only.length > 0 || priorities.some((rule) => rule.endsWith('=skip'));
}

function notHeld({ name, version }: ScrubRequest): AgentError {
  const what = version === '' ? name : `${name}@${version}`;
  return new AgentError('SHOAL_AGENT_NOT_HELD', `${what} is not complete on this host`);
}

function doneOf({ record, path, transfer }: PublishedTree) {
  return { path, contentDigest: digestBytes(record.contentDigest), transfer, version: record.version };
}
