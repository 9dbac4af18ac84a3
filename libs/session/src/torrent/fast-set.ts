import { allowedFastSet, parseIpAddress, type PieceLayout, type WireInfoHash } from '@shoal/protocol';
import { ALLOWED_FAST_BYTES, ALLOWED_FAST_PIECES, PEER_ID_PREFIX } from '../constants.ts';

/**
 * The pieces that a peer may have while it is choked (BEP 6, allowed fast): those of its IPv4 address, as many as
 * ALLOWED_FAST_BYTES hold. None for our own kind: its peers deal their slots so that newcomers get their first pieces,
 * and pieces sent beside that would leave later.
 * @param address as text
 */
export function fastSetOf(
  peer: { readonly peerId: Uint8Array; readonly infoHash: WireInfoHash; readonly address: string },
  layout: Pick<PieceLayout, 'pieceCount' | 'pieceLength'>,
): number[] {
  const isOurKind = Buffer.from(peer.peerId).toString('latin1').startsWith(PEER_ID_KIND);
  const address = parseIpAddress(peer.address);
  if (isOurKind || address?.length !== IPV4_LENGTH) return [];
  const size = Math.min(ALLOWED_FAST_PIECES, Math.ceil(ALLOWED_FAST_BYTES / layout.pieceLength));
  return allowedFastSet(peer.infoHash, address, layout.pieceCount, size);
}

const IPV4_LENGTH = 4;

/** What the ids of our kind have in common, whatever their version: a dash and two letters. */
const PEER_ID_KIND = PEER_ID_PREFIX.slice(0, 3);
