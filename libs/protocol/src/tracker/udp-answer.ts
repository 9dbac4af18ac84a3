import type { AnnounceResponse } from './announce-response.ts';
import { decodeCompactPeers } from './compact-peers.ts';
import {
  type COMPACT_IPV4_LENGTH,
  type COMPACT_IPV6_LENGTH,
  MAX_INTERVAL_SECONDS,
  MAX_RESPONSE_PEERS,
  UDP_ACTION,
  UDP_ANNOUNCE_ANSWER_LENGTH,
  UDP_CONNECT_LENGTH,
} from './constants.ts';
import { TrackerWireError } from './tracker-error.ts';

/** Action and transaction id: what every answer begins with. */
const HEADER_LENGTH = 8;

/**
 * Reads what came after a connect request (BEP 15): the connection id; undefined for what is no answer to it.
 * @throws TrackerWireError SHOAL_TRACKER_FAILURE when the tracker refused, SHOAL_TRACKER_RESPONSE_INVALID
 */
export function decodeUdpConnectAnswer(datagram: Uint8Array, transactionId: number): bigint | undefined {
  const view = viewAnswer(datagram, transactionId, UDP_ACTION.connect, UDP_CONNECT_LENGTH);
  return view?.getBigUint64(HEADER_LENGTH);
}

/**
 * Reads what came after an announce (BEP 15): at most 2,000 peers, those that cannot be reached left out; undefined for what
 * is no answer to it. Intervals beyond a week are shortened to it.
 * @param peerLength bytes of a peer: those of the address family that the tracker was asked over
 * @throws TrackerWireError SHOAL_TRACKER_FAILURE when the tracker refused, SHOAL_TRACKER_RESPONSE_INVALID
 */
export function decodeUdpAnnounceAnswer(
  datagram: Uint8Array,
  transactionId: number,
  peerLength: typeof COMPACT_IPV4_LENGTH | typeof COMPACT_IPV6_LENGTH,
): AnnounceResponse | undefined {
  const view = viewAnswer(datagram, transactionId, UDP_ACTION.announce, UDP_ANNOUNCE_ANSWER_LENGTH);
  if (view === undefined) return undefined;
  const packed = datagram.subarray(UDP_ANNOUNCE_ANSWER_LENGTH);
  const peers = decodeCompactPeers(packed, peerLength, MAX_RESPONSE_PEERS);
  if (peers === undefined) throw invalid(`peers: not a multiple of ${String(peerLength)} bytes`);
  return {
    interval: Math.min(view.getUint32(8), MAX_INTERVAL_SECONDS),
    incomplete: view.getUint32(12),
    complete: view.getUint32(16),
    peers,
  };
}

/** A view of an answer of the right kind; undefined when it is to another question, or to none. */
function viewAnswer(
  datagram: Uint8Array,
  transactionId: number,
  action: number,
  minLength: number,
): DataView | undefined {
  if (datagram.length < HEADER_LENGTH) return undefined;
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  if (view.getUint32(4) !== transactionId) return undefined;
  const actual = view.getUint32(0);
  if (actual === UDP_ACTION.error) {
    const reason = Buffer.from(datagram.subarray(HEADER_LENGTH)).toString('utf8').replace(/\0+$/, '');
    throw new TrackerWireError('SHOAL_TRACKER_FAILURE', reason || 'the tracker refused without a reason');
  }
  if (actual !== action) throw invalid(`action ${String(actual)} in answer to ${String(action)}`);
  if (datagram.length < minLength) throw invalid(`${String(datagram.length)} bytes`);
  return view;
}

function invalid(message: string): TrackerWireError {
  return new TrackerWireError('SHOAL_TRACKER_RESPONSE_INVALID', message);
}
