import { connect } from 'node:net';

/** How long a server may take for its first words, in ms. */
const PATIENCE = 5_000;

/**
 * The first bytes that a server sends to whoever connects, as text; a NATS server begins with `INFO {…}`.
 * @throws Error when nobody listens, or the connection closes without a word.
 */
export function greeting(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1').setTimeout(PATIENCE);
    socket.once('timeout', () => socket.destroy(new Error(`no greeting within ${PATIENCE} ms`)));
    socket.once('error', reject);
    // Docker's proxy accepts for a container that is going, and hangs up.
    socket.once('close', () => {
      reject(new Error('closed without a greeting'));
    });
    socket.once('data', (data) => {
      resolve(data.toString('utf8'));
      socket.destroy();
    });
  });
}
