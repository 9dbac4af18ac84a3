import type { HashRange } from '@shoal/protocol';

/** A connected peer, as it is seen by those who ask it for metadata. */
export interface MetadataSource {
  /** Asks for a piece of the `info` dictionary (BEP 9). */
  askMetadata(piece: number): void;
  /** Asks for hashes of a piece layer (BEP 52). */
  askHashes(range: HashRange): void;
  /** It gave something of use. */
  markUseful(): void;
  /** Disconnects it. `reason` is for the log. */
  close(reason: string): void;
  /** Disconnects it, and has nothing more to do with it: it sent what is not the torrent's. */
  ban(): void;
}
