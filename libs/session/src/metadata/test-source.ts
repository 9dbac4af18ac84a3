import type { HashRange } from '@shoal/protocol';
import type { MetadataSource } from './metadata-source.ts';

/** A peer that writes down what it is asked and what is done to it; for tests. */
export class TestSource implements MetadataSource {
  readonly asked: HashRange[] = [];
  readonly closed: string[] = [];
  usefulTimes = 0;
  isBanned = false;

  askMetadata(): void {
    throw new Error('asked for metadata');
  }

  askHashes(range: HashRange): void {
    this.asked.push(range);
  }

  markUseful(): void {
    this.usefulTimes += 1;
  }

  close(reason: string): void {
    this.closed.push(reason);
  }

  ban(): void {
    this.isBanned = true;
  }

  /** Takes what it was asked since the last call. */
  take(): HashRange[] {
    return this.asked.splice(0);
  }
}
