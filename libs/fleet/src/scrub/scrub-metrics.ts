import type { Telemetry } from '@shoal/service';

/** What a scrubber counts. */
export interface ScrubMetrics {
  /** So many bytes were read and hashed. */
  verified(bytes: number): void;
  /** So many files were found damaged or gone. */
  damaged(files: number): void;
  /** So many files were put right, by pieces from the swarm (`content`) or without (`local`: permissions, links). */
  repaired(files: number, how: 'content' | 'local'): void;
  /** So many bytes came from the swarm for a repair. */
  fetched(bytes: number): void;
}

/** What is true at a moment. */
export interface ScrubFigures {
  /** Trees that are damaged and not repaired yet. */
  readonly damagedTrees: number;
  /** When a tree was last read from beginning to end, in milliseconds since 1970; 0: never. */
  readonly lastVerifiedAt: number;
  /** When the tree that was not verified for the longest time was, in milliseconds since 1970; 0: never, or no trees. */
  readonly oldestVerifiedAt: number;
}

/** Registers the metrics of a scrubber. */
export function createScrubMetrics(
  { meter }: Pick<Telemetry, 'meter'>,
  figures: () => ScrubFigures,
): ScrubMetrics {
  const verified = meter.createCounter('shoal_scrub_verified_bytes', {
    description: 'Bytes of artifacts at rest that were read and hashed',
  });
  const damaged = meter.createCounter('shoal_scrub_damaged_files', {
    description: 'Files of artifacts at rest that were found damaged or gone',
  });
  const repaired = meter.createCounter('shoal_scrub_repaired_files', {
    description: 'Files put right: content with pieces from the swarm, or local ones, such as permissions',
  });
  const fetched = meter.createCounter('shoal_scrub_fetched_bytes', {
    description: 'Bytes of pieces that the swarm supplied for repairs',
  });
  verified.add(0);
  damaged.add(0);
  fetched.add(0);
  for (const how of ['content', 'local']) repaired.add(0, { how });
  meter
    .createObservableGauge('shoal_scrub_damaged_trees', {
      description: 'Artifacts at rest that are damaged and not repaired yet',
    })
    .addCallback((result) => result.observe(figures().damagedTrees));
  meter
    .createObservableGauge('shoal_scrub_last_verified', {
      description: 'When an artifact at rest was last verified from beginning to end, since 1970; 0: never',
      unit: 's',
    })
    .addCallback((result) => result.observe(figures().lastVerifiedAt / 1_000));
  meter
    .createObservableGauge('shoal_scrub_oldest_verified', {
      description: 'The same of the artifact that was not verified for the longest time',
      unit: 's',
    })
    .addCallback((result) => result.observe(figures().oldestVerifiedAt / 1_000));
  return {
    verified: (bytes) => verified.add(bytes),
    damaged: (files) => damaged.add(files),
    repaired: (files, how) => repaired.add(files, { how }),
    fetched: (bytes) => fetched.add(bytes),
  };
}
