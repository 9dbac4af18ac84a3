import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Http2Session, ServerHttp2Stream } from 'node:http2';
import { CONNECTION_WINDOW_BYTES, STREAM_WINDOW_BYTES } from './constants.ts';

/** Where Node tells of each HTTP/2 stream that a client has opened. */
const STREAM_CREATED = 'http2.server.stream.created';

/**
 * Lets clients of the server on `port` send {@link STREAM_WINDOW_BYTES} ahead. Node's default window of 64 KiB makes an
 * upload wait for the receiver's turn of the event loop after every quarter of a message, and over a network for
 * a round trip; grpc-js offers an option for clients only. Returns how to end it.
 */
export function widenReceiveWindows(port: number): () => void {
  const widened = new WeakSet<Http2Session>();
  const onStream = (message: unknown): void => {
    const { session } = (message as { readonly stream: ServerHttp2Stream }).stream;
    if (session === undefined || session.socket.localPort !== port || widened.has(session)) return;
    widened.add(session);
    session.settings({ initialWindowSize: STREAM_WINDOW_BYTES });
    session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
  };
  subscribe(STREAM_CREATED, onStream);
  return () => void unsubscribe(STREAM_CREATED, onStream);
}
