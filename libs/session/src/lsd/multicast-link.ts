import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { LSD_GROUPS, LSD_PORT } from '@shoal/protocol';
import type { SessionLogger } from '../api/session-logger.ts';
import { isSharedAddress } from '../peer/shared-address.ts';
import { isLoopback } from '../loopback.ts';
import { type LocalInterface, localInterfaces } from './local-interfaces.ts';

/** The groups of BEP 14 on the interfaces of this host. */
export interface MulticastLink {
  /** Sends to the group on each interface what `encode` makes for it; what is lost is lost. */
  send(encode: (group: string) => Uint8Array): void;
  close(): Promise<void>;
}

/** What a link reports. */
export interface MulticastEvents {
  /** A datagram came, from an address at which its sender may be reached. `bytes` are only good until the call returns. */
  onDatagram(bytes: Uint8Array, from: string): void;
}

/** Raised when local service discovery is wanted and no interface takes part in it. */
export class LocalDiscoveryError extends Error {
  override readonly name = 'LocalDiscoveryError';
  readonly code = 'SHOAL_LSD_UNAVAILABLE';
  readonly remedy =
    'Listen on the address of an interface with multicast, or on 0.0.0.0, or do without local discovery.';

  constructor(host: string, options?: ErrorOptions) {
    super(`no interface of ${host} takes part in local service discovery`, options);
  }
}

/**
 * Joins the groups on the interfaces at which a listener on `host` can be reached. Interfaces without multicast are left
 * out.
 * @throws LocalDiscoveryError when that leaves none
 */
export async function openMulticastLink(
  { logger }: { readonly logger: SessionLogger },
  host: string,
  events: MulticastEvents,
): Promise<MulticastLink> {
  const joined: { readonly socket: Socket; readonly group: string }[] = [];
  let cause: unknown;
  for (const local of localInterfaces(host, networkInterfaces())) {
    try {
      joined.push({ socket: await join(local, logger, events), group: LSD_GROUPS[local.family] });
    } catch (error) {
      cause = error;
      logger.debug({ error, interface: local.name }, 'no local service discovery on an interface');
    }
  }
  if (joined.length === 0) throw new LocalDiscoveryError(host, { cause });
  return {
    send(encode) {
      for (const { socket, group } of joined) {
        // A network that is down for the moment is nothing to fail for: the next announce comes.
        socket.send(encode(group), LSD_PORT, group, (error) => {
          if (error !== null) logger.debug({ error, group }, 'an announce was not sent');
        });
      }
    },
    async close() {
      await Promise.all(
        joined.map(({ socket }) => new Promise<void>((resolve) => socket.close(() => resolve()))),
      );
    },
  };
}

/** A socket for one interface, bound to the group: it gets what is sent to the group, and nothing else. */
async function join(local: LocalInterface, logger: SessionLogger, events: MulticastEvents): Promise<Socket> {
  const isIpv4 = local.family === 'ipv4';
  const group = LSD_GROUPS[local.family];
  const socket = createSocket({ type: isIpv4 ? 'udp4' : 'udp6', reuseAddr: true, ipv6Only: !isIpv4 });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(LSD_PORT, group, () => {
        socket.off('error', reject);
        resolve();
      });
    });
    // Node names an interface by its address for IPv4, by its zone for IPv6.
    const zone = isIpv4 ? local.address : `::%${local.name}`;
    socket.addMembership(group, zone);
    socket.setMulticastInterface(zone);
    // Not beyond the local network, and to other clients of this host as well.
    socket.setMulticastTTL(1);
    socket.setMulticastLoopback(true);
  } catch (error) {
    socket.close();
    throw error;
  }
  socket.on('error', (error) => logger.warn({ error, group }, 'local service discovery failed'));
  socket.on('message', (bytes: Uint8Array, { address }: RemoteInfo) => {
    // The system may hand over what came in by other interfaces.
    const isOurs = isLoopback(address) === isLoopback(local.address);
    if (isOurs && isSharedAddress(address, local.address)) events.onDatagram(bytes, address);
  });
  return socket;
}
