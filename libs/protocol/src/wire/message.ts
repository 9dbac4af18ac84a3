/** A range of a piece that one message names (BEP 3). */
export interface BlockRange {
  readonly piece: number;
  /** Offset in the piece, in bytes. */
  readonly begin: number;
  /** Bytes. */
  readonly length: number;
}

/** Which hashes of a file's Merkle tree a BEP 52 message is about. */
export interface HashRange {
  /** The file's pieces root, 32 bytes. */
  readonly piecesRoot: Uint8Array;
  /** Layer of the hashes, 0 is that of the 16 KiB leaves. */
  readonly baseLayer: number;
  readonly index: number;
  readonly length: number;
  readonly proofLayers: number;
}

/**
 * Every message but `piece`, whose payload is never part of an object. Byte strings of a decoded message are views
 * into the input and only good until the handler returns.
 */
export type PeerMessage =
  | { readonly type: 'keep-alive' | 'choke' | 'unchoke' | 'interested' | 'not-interested' }
  | { readonly type: 'have-all' | 'have-none' }
  | { readonly type: 'have' | 'suggest' | 'allowed-fast'; readonly piece: number }
  | { readonly type: 'bitfield'; readonly bits: Uint8Array }
  | ({ readonly type: 'request' | 'cancel' | 'reject' } & BlockRange)
  | { readonly type: 'port'; readonly port: number }
  /** BEP 10; extended id 0 is the extension handshake. */
  | { readonly type: 'extended'; readonly extendedId: number; readonly payload: Uint8Array }
  | ({ readonly type: 'hash-request' | 'hash-reject' } & HashRange)
  | ({ readonly type: 'hashes'; readonly hashes: Uint8Array } & HashRange);
