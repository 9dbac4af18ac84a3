import { connect, createServer, isIP, type OnReadOpts, type Server, type Socket } from 'node:net';
import { CONNECT_TIMEOUT, READ_BUFFER_SIZE } from '../constants.ts';
import type { PeerListener, PeerStream, PeerTransport, TransportAddress } from '../ports/peer-transport.ts';
import { withReadBuffer } from './accepted-socket.ts';
import { TcpStream } from './tcp-stream.ts';

/** Connections waiting to be accepted (libtorrent's 5 loses peers when a fleet starts at once; its seed profile: 3000). */
const LISTEN_BACKLOG = 1_024;

export interface TcpTransportInit {
  /** Address that dials to peers of its family leave from. @default the system's choice */
  readonly localAddress?: string | undefined;
}

/** Plain TCP. All sockets of a transport read into one buffer: each read is handed over before the next begins. */
export function createTcpTransport({ localAddress = '' }: TcpTransportInit = {}): PeerTransport {
  const buffer = Buffer.allocUnsafeSlow(READ_BUFFER_SIZE);

  /** Where a socket's bytes go; the stream is known only after the socket. */
  function createReader(): { readonly onread: OnReadOpts; stream: TcpStream | undefined } {
    const reader = {
      stream: undefined as TcpStream | undefined,
      onread: {
        buffer,
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
        const { remoteAddress, remotePort } = accepted;
        // Undefined when the peer has gone again already.
        if (remoteAddress === undefined || remotePort === undefined) {
          accepted.destroy();
          return;
        }
        const reader = createReader();
        const socket = withReadBuffer(accepted, reader.onread);
        reader.stream = new TcpStream(socket, { host: remoteAddress, port: remotePort });
        onStream(reader.stream);
      });
      await listening(server, address);
      return listenerOf(server, address.host);
    },

    async dial(address, signal) {
      const reader = createReader();
      const from = isIP(localAddress) === isIP(address.host) ? { localAddress } : {};
      const socket = connect({ ...address, ...from, onread: reader.onread, noDelay: true });
      await connected(socket, AbortSignal.any([signal, AbortSignal.timeout(CONNECT_TIMEOUT)]));
      const stream: PeerStream = (reader.stream = new TcpStream(socket, address));
      return stream;
    },
  };
}

function listening(server: Server, { host, port }: TransportAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: LISTEN_BACKLOG }, () => {
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
