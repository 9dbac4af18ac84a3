import { lookup } from 'node:dns/promises';
import { isIPv6 } from 'node:net';
import {
  type AnnounceRequest,
  type AnnounceResponse,
  COMPACT_IPV4_LENGTH,
  COMPACT_IPV6_LENGTH,
  decodeUdpAnnounceAnswer,
  decodeUdpConnectAnswer,
  encodeUdpAnnounce,
  encodeUdpConnect,
  TrackerWireError,
} from '@shoal/protocol';
import type { Random } from '@shoal/swarm';
import type { Schedule } from '../system.ts';
import { AnnounceError } from './announce-error.ts';
import type { AnnounceOptions } from './announce-options.ts';
import { UDP_ANNOUNCE_DEADLINE_MS } from './constants.ts';
import { type UdpAddress, UdpConversation } from './udp-conversation.ts';

/** Collaborators of announces over UDP. */
export interface UdpAnnounceComponents {
  readonly random: Random;
  readonly schedule: Schedule;
}

/** Values of 32 bits. */
const UINT32 = 2 ** 32;

/** What an announce URL says. */
interface UdpTracker {
  readonly host: string;
  readonly port: number;
  /** Path and query. */
  readonly urlData: string;
}

/**
 * Announces once over UDP (BEP 15): asks for a connection id, and announces with it. An id is asked for every time: announces are
 * minutes apart, and it is good for one. A name with addresses of IPv4 and IPv6 is asked at one of each at the same time; the
 * first answer counts. It may take a minute unless the options say otherwise.
 * @throws AnnounceError, TrackerWireError, or the signal's reason
 */
export async function announceOverUdp(
  components: UdpAnnounceComponents,
  announceUrl: string,
  request: AnnounceRequest,
  options: AnnounceOptions = {},
): Promise<AnnounceResponse> {
  const tracker = readUrl(announceUrl);
  const deadline = AbortSignal.timeout(
    Math.min(options.deadlineMs ?? UDP_ANNOUNCE_DEADLINE_MS, UDP_ANNOUNCE_DEADLINE_MS),
  );
  const isOver = new AbortController();
  const signal = AbortSignal.any([isOver.signal, deadline, ...(options.signal ? [options.signal] : [])]);
  try {
    const addresses = await unlessAborted(resolve(tracker, options.localAddress), signal);
    const asked = addresses.map((address) => announceAt(components, address, tracker, request, signal));
    return await Promise.any(asked);
  } catch (error) {
    options.signal?.throwIfAborted();
    const host = `${tracker.host}:${String(tracker.port)}`;
    if (deadline.aborted) {
      throw new AnnounceError('SHOAL_ANNOUNCE_DEADLINE', `${host} did not answer in time`, { cause: error });
    }
    const [cause] = error instanceof AggregateError ? (error.errors as unknown[]) : [error];
    if (cause instanceof TrackerWireError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AnnounceError('SHOAL_ANNOUNCE_UNREACHABLE', `${host}: ${why}`, { cause });
  } finally {
    isOver.abort();
  }
}

async function announceAt(
  { random, schedule }: UdpAnnounceComponents,
  address: UdpAddress,
  { urlData }: UdpTracker,
  request: AnnounceRequest,
  signal: AbortSignal,
): Promise<AnnounceResponse> {
  const peerLength = address.family === 6 ? COMPACT_IPV6_LENGTH : COMPACT_IPV4_LENGTH;
  const draw = (): number => random.below(UINT32);
  const transactionIds = { connect: draw(), announce: draw() };
  await using conversation = await UdpConversation.open(schedule, address, signal);
  const connectionId = await conversation.ask(encodeUdpConnect(transactionIds.connect), (datagram) =>
    decodeUdpConnectAnswer(datagram, transactionIds.connect),
  );
  const transactionId = transactionIds.announce;
  const announce = encodeUdpAnnounce(request, { connectionId, transactionId, key: keyOf(request), urlData });
  return await conversation.ask(announce, (datagram) =>
    decodeUdpAnnounceAnswer(datagram, transactionId, peerLength),
  );
}

/** The same in every announce of a session: its peer id ends with random bytes. */
function keyOf({ peerId }: AnnounceRequest): number {
  return new DataView(peerId.buffer, peerId.byteOffset, peerId.byteLength).getUint32(peerId.length - 4);
}

function readUrl(announceUrl: string): UdpTracker {
  const url = URL.parse(announceUrl);
  const port = Number(url?.port);
  if (url?.protocol !== 'udp:' || url.hostname === '' || port === 0) {
    const message = `${JSON.stringify(announceUrl)} is no udp:// URL with host and port`;
    throw new AnnounceError('SHOAL_ANNOUNCE_URL', message);
  }
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port, urlData: url.pathname + url.search };
}

/** The first address of each family that the system knows of a name, and that can be reached from `localAddress`. */
async function resolve({ host, port }: UdpTracker, localAddress?: string): Promise<UdpAddress[]> {
  const found = await lookup(host, { all: true });
  const usable = [4, 6].filter(
    (family) => localAddress === undefined || isIPv6(localAddress) === (family === 6),
  );
  const addresses = usable.flatMap((family) => {
    const address = found.find((one) => one.family === family);
    return address === undefined ? [] : [{ host: address.address, family, port, localAddress }];
  });
  if (addresses.length === 0) throw new Error('it has no address that can be reached from here');
  return addresses;
}

/** Waits for `work`, which nobody can stop, no longer than the signal says. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
