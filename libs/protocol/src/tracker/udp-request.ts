import { encodeUtf8 } from '../bytes.ts';
import type { AnnounceEvent, AnnounceRequest } from './announce-request.ts';
import {
  MAX_UDP_OPTION_BYTES,
  UDP_ACTION,
  UDP_ANNOUNCE_LENGTH,
  UDP_CONNECT_LENGTH,
  UDP_PROTOCOL_ID,
  UDP_URL_OPTION,
} from './constants.ts';

/** As many peers as the tracker sees fit (BEP 15). */
const DEFAULT_NUMWANT = -1;

/** There is none for a partial seed that pauses: it announces as usual. */
const EVENTS: Readonly<Record<AnnounceEvent, number>> = { completed: 1, started: 2, stopped: 3, paused: 0 };
const NO_EVENT = 0;

/** What an announce over UDP has beside its figures. */
export interface UdpAnnounceInit {
  /** As the tracker gave it, a minute ago at most. */
  readonly connectionId: bigint;
  /** 32 bits drawn at random: whoever did not see the request cannot answer it. */
  readonly transactionId: number;
  /** 32 bits that identify the client when its address changes. */
  readonly key: number;
  /** Path and query of the announce URL: private trackers put grants there (BEP 41). */
  readonly urlData: string;
}

/** The datagram that asks a tracker for a connection id (BEP 15). */
export function encodeUdpConnect(transactionId: number): Uint8Array {
  const datagram = new Uint8Array(UDP_CONNECT_LENGTH);
  const view = new DataView(datagram.buffer);
  view.setBigUint64(0, UDP_PROTOCOL_ID);
  view.setUint32(8, UDP_ACTION.connect);
  view.setUint32(12, transactionId);
  return datagram;
}

/** The datagram of an announce (BEP 15). The address is left to the tracker, which takes that of the sender. */
export function encodeUdpAnnounce(request: AnnounceRequest, init: UdpAnnounceInit): Uint8Array {
  const options = encodeUrlData(encodeUtf8(init.urlData));
  const datagram = new Uint8Array(UDP_ANNOUNCE_LENGTH + options.length);
  const view = new DataView(datagram.buffer);
  view.setBigUint64(0, init.connectionId);
  view.setUint32(8, UDP_ACTION.announce);
  view.setUint32(12, init.transactionId);
  datagram.set(request.infoHash, 16);
  datagram.set(request.peerId, 36);
  view.setBigUint64(56, BigInt(request.downloaded));
  view.setBigUint64(64, BigInt(request.left));
  view.setBigUint64(72, BigInt(request.uploaded));
  view.setUint32(80, request.event === undefined ? NO_EVENT : EVENTS[request.event]);
  view.setUint32(88, init.key);
  view.setInt32(92, request.numwant ?? DEFAULT_NUMWANT);
  view.setUint16(96, request.port);
  datagram.set(options, UDP_ANNOUNCE_LENGTH);
  return datagram;
}

/** As many options as it takes: type, length, and a part of the text (BEP 41). */
function encodeUrlData(bytes: Uint8Array): Uint8Array {
  const options: number[] = [];
  for (let at = 0; at < bytes.length; at += MAX_UDP_OPTION_BYTES) {
    const part = bytes.subarray(at, at + MAX_UDP_OPTION_BYTES);
    options.push(UDP_URL_OPTION, part.length, ...part);
  }
  return Uint8Array.from(options);
}
