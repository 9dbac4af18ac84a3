import type { ScrubOutcome as OutcomeMessage, ScrubRequest, ScrubResponse } from '@shoal/contracts';
import type { Clock } from '@shoal/service';
import { followProgress } from '../follow-progress.ts';
import { digestBytes, type DigestHex, type SwarmRecord } from '../swarms/swarm-record.ts';
import type { SwarmRecords } from '../swarms/swarm-records.ts';
import { MAX_SCRUB_PATHS, SCRUB_PROGRESS_MS } from './constants.ts';
import type { Scrubber, TreesAtRest } from './scrubber.ts';
import type { ScrubOutcome, ScrubProgress } from './tree-keeper.ts';

/** What a call names that asks for artifacts to be verified. */
export type ScrubQuery = Pick<ScrubRequest, 'name' | 'version'>;

/** The trees at rest that `query` names, by their content, each with one of its swarms; an empty name stands for all. */
export async function findScrubbed(
  { records, trees }: { readonly records: SwarmRecords; readonly trees: TreesAtRest },
  { name, version }: ScrubQuery,
): Promise<ReadonlyMap<DigestHex, SwarmRecord>> {
  const found = new Map<DigestHex, SwarmRecord>();
  for (const record of await records.list()) {
    const isNamed = (name === '' || record.name === name) && (version === '' || record.version === version);
    if (isNamed && (await trees.find(record.contentDigest))) found.set(record.contentDigest, record);
  }
  return found;
}

/**
 * Reads and repairs trees, one after the other, and tells of it as the services answer.
 * @throws StoreError, the signal's reason
 */
export async function* scrubArtifacts(
  { scrubber, clock }: { readonly scrubber: Pick<Scrubber, 'scrub'>; readonly clock: Clock },
  wanted: ReadonlyMap<DigestHex, SwarmRecord>,
  signal: AbortSignal,
): AsyncGenerator<ScrubResponse> {
  for (const [digest, { name, version }] of wanted) {
    let progress: ScrubProgress | undefined;
    const scrubbing = scrubber.scrub(digest, { onProgress: (now) => (progress = now), signal });
    for await (const now of followProgress(clock, scrubbing, () => progress, SCRUB_PROGRESS_MS)) {
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

function outcomeMessage({
  bytesVerified,
  damaged,
  extra,
  mended,
  isPart,
  damage,
}: ScrubOutcome): Omit<OutcomeMessage, 'name' | 'version' | 'contentDigest'> {
  return {
    bytesVerified: BigInt(bytesVerified),
    damaged: damaged.slice(0, MAX_SCRUB_PATHS),
    extra: extra.slice(0, MAX_SCRUB_PATHS),
    mended,
    part: isPart,
    whole: damage === undefined,
    errorCode: damage?.errorCode ?? '',
    errorMessage: damage?.errorMessage ?? '',
  };
}
