import { randomBytes } from 'node:crypto';
import { PEER_ID_LENGTH } from '@shoal/protocol';
import type { Session, SessionComponents, SessionInit } from './api/session.ts';
import { PEER_ID_PREFIX } from './constants.ts';
import type { LoopSession, LoopSessionInit } from './loops/loop-session.ts';
import { createSpreadSession } from './loops/spread-session.ts';
import type { PeerStream } from './ports/peer-transport.ts';
import { SessionLimiter } from './rate/session-limiter.ts';
import { SwarmSession } from './swarm-session.ts';
import { silentLogger, systemClock, systemRandom, systemSchedule } from './system.ts';
import { createTcpTransport } from './tcp/tcp-transport.ts';

/**
 * Starts a BitTorrent client: listens, and waits for torrents.
 * @throws RateLimitError; LoopError; LocalDiscoveryError; the system's error when the address cannot be listened on
 */
export function createSession(components: SessionComponents, init: SessionInit): Promise<Session> {
  const { loops = 1 } = init;
  return loops === 1
    ? startSession(components, init)
    : createSpreadSession({ ...components, startSession }, { ...init, loops });
}

/** As {@link createSession}, on the event loop of the caller alone. */
export async function startSession(
  components: SessionComponents,
  init: LoopSessionInit,
): Promise<LoopSession> {
  const {
    clock = systemClock,
    random = systemRandom,
    schedule = systemSchedule,
    logger = silentLogger,
    transport = createTcpTransport({ localAddress: init.localAddress }),
  } = components;
  const limiter = new SessionLimiter({ clock, schedule }, init.limits ?? {});
  // The session needs the port that the listener got, the listener someone to give its streams to.
  let onStream = (stream: PeerStream): void => stream.destroy();
  const listener = await transport.listen({ host: init.host, port: init.port }, (stream) => onStream(stream));
  const session = new SwarmSession(
    { clock, random, schedule, logger, transport, limiter, listener },
    { ...init, peerId: init.peerId ?? createPeerId() },
  );
  onStream = (stream) => session.onStream(stream);
  if (init.localDiscovery !== true) return session;
  try {
    await session.discoverLocally();
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** Random, as BEP 20 lays it out. */
function createPeerId(): Uint8Array {
  const id = randomBytes(PEER_ID_LENGTH);
  id.write(PEER_ID_PREFIX, 'latin1');
  return id;
}
