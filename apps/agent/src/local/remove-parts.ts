import type { HeldPart } from '@shoal/contracts';
import type { Scrubber, SwarmRecord, SwarmRecords } from '@shoal/fleet';
import type { Fetcher } from '../fetch/fetcher.ts';
import type { RecordedPart } from '../partial/held-parts.ts';
import type { PartFetcher } from '../partial/part-fetcher.ts';
import { incomingPath, type Layout } from '../store/layout.ts';
import { isDirectory, isPublished } from '../store/publish.ts';

/** Collaborators of {@link removeParts}. */
export interface RemovePartsComponents {
  readonly layout: Layout;
  readonly records: SwarmRecords;
  readonly fetcher: Pick<Fetcher, 'isFetching'>;
  readonly parts: Pick<PartFetcher, 'remove'>;
  readonly scrubber: Pick<Scrubber, 'forget'>;
}

/**
 * Removes parts, one after the other, and the records of swarms that nothing else is here of.
 * @throws AgentError SHOAL_AGENT_PART_IN_USE; StoreError
 */
export async function removeParts(
  components: RemovePartsComponents,
  wanted: readonly RecordedPart[],
): Promise<HeldPart[]> {
  const { scrubber, parts, records } = components;
  const removed: HeldPart[] = [];
  for (const { record, held } of wanted) {
    // Before, or it would be repaired while it is removed.
    await scrubber.forget(record.contentDigest);
    await parts.remove(record);
    if (!(await isNeeded(components, record))) await records.remove(record.key);
    removed.push(held);
  }
  return removed;
}

async function isNeeded({ layout, fetcher }: RemovePartsComponents, { contentDigest }: SwarmRecord) {
  return (
    fetcher.isFetching(contentDigest) ||
    (await isPublished(layout, contentDigest)) ||
    (await isDirectory(incomingPath(layout, contentDigest)))
  );
}
