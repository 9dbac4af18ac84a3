import type { FetchRequest, FetchResponse } from '@shoal/contracts';
import { digestBytes, type DigestHex, followProgress, type SwarmRecord } from '@shoal/fleet';
import { type Clock, orAborted } from '@shoal/service';
import { PROGRESS_INTERVAL_MS } from '../constants.ts';
import { AgentError } from '../errors.ts';
import type { Fetcher, PublishedTree } from '../fetch/fetcher.ts';
import type { SwarmResolver, WantedArtifact } from '../fetch/resolve-swarm.ts';
import type { PartFetcher } from '../partial/part-fetcher.ts';
import type { Reconciler } from '../reconcile/reconciler.ts';
import { makeLive } from '../store/live-links.ts';
import type { Layout } from '../store/layout.ts';
import type { ArtifactStreams } from '../stream/artifact-streams.ts';

/** Collaborators of {@link fetchArtifact}. */
export interface FetchArtifactComponents {
  readonly layout: Layout;
  readonly resolver: SwarmResolver;
  readonly fetcher: Fetcher;
  readonly parts: PartFetcher;
  readonly streams: ArtifactStreams;
  readonly reconciler: Pick<Reconciler, 'desired'>;
  readonly clock: Clock;
}

/** Whether something is left out. */
export function isPart({ only, priorities }: Pick<FetchRequest, 'only' | 'priorities'>): boolean {
  return only.length > 0 || priorities.some((rule) => rule.endsWith('=skip'));
}

/**
 * Answers a Fetch that was checked. One whose files are to be served goes on after the fetch until `signal` fires.
 * @throws AgentError; what fetching and serving raise; the signal's reason
 */
export async function* fetchArtifact(
  components: FetchArtifactComponents,
  request: FetchRequest,
  signal: AbortSignal,
): AsyncGenerator<FetchResponse> {
  const { name, version, activate, only, priorities, streamListen } = request;
  const selection = { only, priorities };
  await using stack = new AsyncDisposableStack();
  let wanted: WantedArtifact = { name, version };
  if (streamListen !== '') {
    const record = await components.resolver.resolve(wanted, signal);
    const server = await components.streams.serve({ record, selection, listen: streamListen });
    stack.defer(() => server.stop());
    // What is served is what is fetched, whatever is published meanwhile.
    wanted = { name, version: record.version, contentDigest: record.contentDigest };
    yield { event: { $case: 'streaming', value: { url: server.url } } };
  }
  const tree = yield* followFetch(components, wanted, request, signal);
  if (activate) await activateTree(components, name, tree);
  yield { event: { $case: 'done', value: doneOf(tree) } };
  if (streamListen !== '') await orAborted(new Promise<never>(() => undefined), signal);
}

async function* followFetch(
  { fetcher, parts, clock }: FetchArtifactComponents,
  wanted: WantedArtifact,
  selection: Pick<FetchRequest, 'only' | 'priorities'>,
  signal: AbortSignal,
): AsyncGenerator<FetchResponse, PublishedTree> {
  let digest: DigestHex | undefined;
  const onResolved = (record: SwarmRecord): void => void (digest = record.contentDigest);
  const ofPart = isPart(selection);
  const fetching = ofPart
    ? parts.fetch({ ...wanted, onResolved, selection }, signal)
    : fetcher.fetch({ ...wanted, onResolved }, signal);
  const source = ofPart ? parts : fetcher;
  const progress = () => (digest === undefined ? undefined : source.transfer(digest));
  for await (const transfer of followProgress(clock, fetching, progress, PROGRESS_INTERVAL_MS)) {
    yield { event: { $case: 'progress', value: transfer } };
  }
  return await fetching;
}

/** A host that follows a directive for the name is not moved to other content behind the rollout's back. */
async function activateTree(
  { layout, reconciler }: FetchArtifactComponents,
  name: string,
  { record }: PublishedTree,
): Promise<void> {
  const directive = reconciler.desired(name);
  if (directive?.phase === 'activate' && directive.contentDigest !== record.contentDigest) {
    const message = `a rollout keeps ${name} at version ${directive.version} on this host`;
    throw new AgentError('SHOAL_AGENT_UNDER_DIRECTIVE', message);
  }
  await makeLive(layout, name, record.contentDigest);
}

function doneOf({ record, path, transfer }: PublishedTree) {
  return { path, contentDigest: digestBytes(record.contentDigest), transfer, version: record.version };
}
