import { Socket, type OnReadOpts, type SocketConstructorOpts } from 'node:net';

/** The kernel's side of a socket, as the constructor of one takes it. */
type SocketHandle = NonNullable<SocketConstructorOpts['handle']>;

/** What this file needs to know of Node's sockets beyond their types. */
interface SocketInternals {
  _handle?: SocketHandle | null;
}

interface AdoptingSocketOptions extends SocketConstructorOpts {
  /** Reading starts with `resume`. */
  readonly manualStart: boolean;
}

/**
 * Gives an accepted socket an `onread` buffer. `net.Server` offers no way to (`net.connect` does), so the kernel's
 * handle is moved to a socket made with one; reading into one's own buffer costs 0.10 CPU s/GiB, `data` events 0.24
 * (bench, README). The socket must have been accepted with `pauseOnConnect`. Where this Node keeps no handle there,
 * the socket itself is used, through `data` events.
 */
export function withReadBuffer(accepted: Socket, onread: OnReadOpts): Socket {
  const internals = accepted as unknown as SocketInternals;
  const handle = internals._handle;
  if (handle === undefined || handle === null) {
    accepted.on('data', (chunk: Buffer) => onread.callback(chunk.length, chunk));
    return accepted;
  }
  internals._handle = null;
  accepted.destroy();
  const options: AdoptingSocketOptions = { handle, onread, allowHalfOpen: false, manualStart: true };
  return new Socket(options);
}
