import type { HeldPart } from '@shoal/contracts';
import { digestBytes, type Scrubber, type SwarmRecord, type SwarmRecords } from '@shoal/fleet';
import { treeUsage } from '../store/tree-usage.ts';
import { type Layout, partPath } from '../store/layout.ts';
import { hasPart, hasPartIncoming } from '../store/parts.ts';
import type { PartFetcher } from './part-fetcher.ts';

/** Collaborators of {@link heldParts}. */
export interface HeldPartsComponents {
  readonly layout: Layout;
  readonly records: SwarmRecords;
  readonly parts: Pick<PartFetcher, 'transfer'>;
  readonly scrubber: Pick<Scrubber, 'report'>;
}

/** A part on this host, and what it is called. */
export interface RecordedPart {
  readonly record: SwarmRecord;
  readonly held: HeldPart;
}

/** The parts of artifacts on this host, those among them of which nothing is in its place yet. */
export async function heldParts(
  { layout, records, parts, scrubber }: HeldPartsComponents,
  isAsked: (record: SwarmRecord) => boolean = () => true,
): Promise<RecordedPart[]> {
  const { damaged } = scrubber.report();
  const found: RecordedPart[] = [];
  for (const record of await records.list()) {
    const { namespace, name, version, contentDigest: digest, size } = record;
    const unfinished = await hasPartIncoming(layout, digest);
    if (!isAsked(record) || !(unfinished || (await hasPart(layout, digest)))) continue;
    const path = partPath(layout, digest);
    const { files, bytes } = await treeUsage(path);
    const fetching = parts.transfer(digest) !== undefined;
    const contentDigest = digestBytes(digest);
    const damage = damaged.find((one) => Buffer.from(contentDigest).equals(one.contentDigest));
    const held: HeldPart = {
      namespace,
      name,
      version,
      contentDigest,
      path,
      files,
      bytes: BigInt(bytes),
      artifactBytes: BigInt(size),
      fetching,
      unfinished: unfinished && !fetching,
      damagedFiles: damage?.files ?? 0,
    };
    found.push({ record, held });
  }
  return found;
}
