import { connect, createServer, isIP, type OnReadOpts, type Server, type Socket } from 'node:net';
import { CONNECT_TIMEOUT, READ_BUFFER_SIZE } from '../constants.ts';
import type { PeerListener, PeerStream, PeerTransport, TransportAddress } from '../ports/peer-transport.ts';
import { withReadBuffer } from './accepted-socket.ts';
import { TcpStream } from './tcp-stream.ts';

/** Connections waiting to be accepted (libtorrent's 5 loses peers when a fleet starts at once; its seed profile: 3000). */
const LISTEN_BACKLOG = 1_024;

const V4_IN_V6 = '::ffff:';

export interface TcpTransportInit {
  /** Address that dials to peers of its family leave from. @default the system's choice */
  readonly localAddress?: string | undefined;
  /**
   * Whether other sockets of this user may listen on the same address and port, with the kernel spreading connections over
   * them (SO_REUSEPORT; the system's error ENOTSUP where it cannot). @default false
   */
  readonly sharesPort?: boolean | undefined;
}

/**
 * Plain TCP; `::` listens for IPv4 and IPv6. All sockets of a transport read into one buffer: each read is handed over
 * before the next begins.
 */
export function createTcpTransport({
  localAddress = '',
  sharesPort = false,
}: TcpTransportInit = {}): PeerTransport {
  const buffer = Buffer.allocUnsafeSlow(READ_BUFFER_SIZE);

  /** Where a socket's bytes go; the stream is known only after the socket. */
  function createReader(): { readonly onread: OnReadOpts; stream: TcpStream | undefined } {
    const reader = {
      stream: undefined as TcpStream | undefined,
      onread: {
        // Asked for after each read.
        buffer: (): Uint8Array => reader.stream?.readBuffer(buffer) ?? buffer,
        callback: (length: number, bytes: Uint8Array): boolean => {
          reader.stream?.deliver(bytes.subarray(0, length));
          return true;
        },
      },
    };
    return reader;
  }

  return {
    async listen(address, onStream) {
      const server = createServer({ pauseOnConnect: true }, (accepted) => {
        const ends = endsOf(accepted);
        // Undefined when the peer has gone again already.
        if (ends === undefined) {
          accepted.destroy();
          return;
        }
        const reader = createReader();
        const socket = withReadBuffer(accepted, reader.onread);
        reader.stream = new TcpStream(socket, ends);
        onStream(reader.stream);
      });
      await listening(server, address, sharesPort);
      return listenerOf(server, address.host);
    },

    async dial(address, signal) {
      const reader = createReader();
      const from = isIP(localAddress) === isIP(address.host) ? { localAddress } : {};
      const socket = connect({ ...address, ...from, onread: reader.onread, noDelay: true });
      await connected(socket, AbortSignal.any([signal, AbortSignal.timeout(CONNECT_TIMEOUT)]));
      const ends = endsOf(socket);
      if (ends === undefined) {
        socket.destroy();
        throw new Error('the connection was gone as soon as it stood');
      }
      const stream: PeerStream = (reader.stream = new TcpStream(socket, ends));
      return stream;
    },
  };
}

/** Both ends of a connection; undefined when it is gone. */
function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket) {
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  if (localAddress === undefined || localPort === undefined) return undefined;
  return {
    remote: { host: plainAddress(remoteAddress), port: remotePort },
    local: { host: plainAddress(localAddress), port: localPort },
  };
}

/** A listener for both families sees IPv4 peers under IPv6 names (RFC 4291 §2.5.5.2): one peer, one name. */
function plainAddress(address: string): string {
  return address.startsWith(V4_IN_V6) ? address.slice(V4_IN_V6.length) : address;
}

function listening(server: Server, { host, port }: TransportAddress, reusePort: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: LISTEN_BACKLOG, reusePort }, () => {
      server.off('error', reject);
      // Running out of descriptors while accepting must not end the process; the peer will try again.
      server.on('error', () => undefined);
      resolve();
    });
  });
}

function listenerOf(server: Server, host: string): PeerListener {
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new TypeError('a TCP server without a port');
  return {
    address: { host, port: bound.port },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function connected(socket: Socket, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error): void => {
      socket.off('connect', settle);
      socket.off('error', settle);
      signal.removeEventListener('abort', abort);
      if (error === undefined) {
        resolve();
        return;
      }
      socket.on('error', () => undefined);
      socket.destroy();
      reject(error);
    };
    const abort = (): void =>
      settle(signal.reason instanceof Error ? signal.reason : new Error('dial aborted'));
    socket.once('connect', settle);
    socket.once('error', settle);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
  });
}
