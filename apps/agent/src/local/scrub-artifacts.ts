import { type ScrubOutcome as OutcomeMessage, type ScrubRequest, type ScrubResponse } from '@shoal/contracts';
import {
  type DigestHex,
  digestBytes,
  type Scrubber,
  type ScrubOutcome,
  type ScrubProgress,
  type SwarmRecord,
  type SwarmRecords,
} from '@shoal/fleet';
import type { Clock } from '@shoal/service';
import { MAX_SCRUB_PATHS, PROGRESS_INTERVAL_MS } from '../constants.ts';
import { AgentError } from '../errors.ts';
import type { Layout } from '../store/layout.ts';
import { isPublished } from '../store/publish.ts';
import { followProgress } from './follow-progress.ts';

/** Collaborators of {@link scrubArtifacts}. */
export interface ScrubArtifactsComponents {
  readonly layout: Layout;
  readonly records: SwarmRecords;
  readonly scrubber: Pick<Scrubber, 'scrub'>;
  readonly clock: Clock;
}

/**
 * Reads and repairs the trees that are asked for, one after the other.
 * @throws AgentError SHOAL_AGENT_NOT_HELD, StoreError, the signal's reason
 */
export async function* scrubArtifacts(
  { layout, records, scrubber, clock }: ScrubArtifactsComponents,
  request: ScrubRequest,
  signal: AbortSignal,
): AsyncGenerator<ScrubResponse> {
  const wanted = new Map<DigestHex, SwarmRecord>();
  for (const record of await records.list()) {
    const isWanted = matches(record, request) && (await isPublished(layout, record.contentDigest));
    if (isWanted) wanted.set(record.contentDigest, record);
  }
  if (wanted.size === 0 && request.name !== '') throw notHeld(request);
  for (const [digest, { name, version }] of wanted) {
    let progress: ScrubProgress | undefined;
    const scrubbing = scrubber.scrub(digest, { onProgress: (now) => (progress = now), signal });
    for await (const now of followProgress(clock, scrubbing, () => progress, PROGRESS_INTERVAL_MS)) {
      const { piecesDone, piecesTotal, phase } = now;
      const value = { name, version, piecesDone, piecesTotal, repairing: phase === 'repairing' };
      yield { event: { $case: 'progress', value } };
    }
    const outcome = await scrubbing;
    // It was removed meanwhile.
    if (outcome === undefined) continue;
    const value = { name, version, contentDigest: digestBytes(digest), ...outcomeMessage(outcome) };
    yield { event: { $case: 'outcome', value } };
  }
}

function matches(record: SwarmRecord, { name, version }: ScrubRequest): boolean {
  return (name === '' || record.name === name) && (version === '' || record.version === version);
}

function outcomeMessage({
  bytesVerified,
  damaged,
  extra,
  mended,
  damage,
}: ScrubOutcome): Omit<OutcomeMessage, 'name' | 'version' | 'contentDigest'> {
  return {
    bytesVerified: BigInt(bytesVerified),
    damaged: damaged.slice(0, MAX_SCRUB_PATHS),
    extra: extra.slice(0, MAX_SCRUB_PATHS),
    mended,
    whole: damage === undefined,
    errorCode: damage?.errorCode ?? '',
    errorMessage: damage?.errorMessage ?? '',
  };
}

function notHeld({ name, version }: ScrubRequest): AgentError {
  const what = version === '' ? name : `${name}@${version}`;
  return new AgentError('SHOAL_AGENT_NOT_HELD', `${what} is not complete on this host`);
}
