import type { Upload } from '@shoal/contracts';
import type { CatalogClient } from '../client/catalog-client.ts';

/** One attempt to hand over what is missing of an upload. */
export interface PushAttempt {
  /** What the catalog said last: endpoint, ticket and the offset to go on from. */
  readonly upload: Upload;
  readonly signal: AbortSignal;
  /** Called with the bytes that are handed over, those of earlier attempts included: first before anything is. */
  readonly onSent: (bytes: number) => void;
}

/** A way for the bytes of a tree to a seeder. */
export interface PushWay {
  /** For the user, as in "in one stream". */
  readonly description: string;
  /** Whether what was sent is kept when an attempt breaks off; if not, the next upload's offset tells how much is. */
  readonly keepsSent: boolean;
  /**
   * Resolves when the seeder holds every byte durably.
   * @throws ShoalError, also SHOAL_PUSH_STALLED when nothing moved for too long
   */
  send(client: CatalogClient, attempt: PushAttempt): Promise<void>;
  /** Whether an error says that this way cannot be had here, so that another one is to be tried. */
  isClosed(error: unknown): boolean;
}
