import { randomBytes } from 'node:crypto';
import type { PeerAddress } from '../api/peer.ts';
import type { SessionLogger } from '../api/session-logger.ts';
import { LSD_CHECK_INTERVAL, LSD_COOKIE_BYTES } from './constants.ts';
import { LocalDiscovery, type LocalDiscoveryComponents } from './local-discovery.ts';
import { openMulticastLink } from './multicast-link.ts';

/** Collaborators of {@link startLocalDiscovery}. */
export interface StartLocalDiscoveryComponents extends Omit<LocalDiscoveryComponents, 'link'> {
  readonly logger: SessionLogger;
}

/**
 * Starts local service discovery for a session that listens at `address`. The result stops it.
 * @throws LocalDiscoveryError
 */
export async function startLocalDiscovery(
  components: StartLocalDiscoveryComponents,
  { host, port }: PeerAddress,
): Promise<() => Promise<void>> {
  // Datagrams may come before the link is there.
  let onDatagram: LocalDiscovery['onDatagram'] = () => undefined;
  const events = { onDatagram: (bytes: Uint8Array, from: string) => onDatagram(bytes, from) };
  const link = await openMulticastLink(components, host, events);
  const cookie = randomBytes(LSD_COOKIE_BYTES).toString('hex');
  const discovery = new LocalDiscovery({ ...components, link }, { port, cookie });
  onDatagram = (bytes, from) => discovery.onDatagram(bytes, from);
  // It keeps no process alive, as the link's sockets do not once it is closed.
  const timer = setInterval(() => discovery.tick(), LSD_CHECK_INTERVAL).unref();
  return async () => {
    clearInterval(timer);
    await link.close();
  };
}
