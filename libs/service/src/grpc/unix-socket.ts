import { chmod, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';

/** Only the user of the service may connect. */
const SOCKET_MODE = 0o600;
/** Longest wait for whoever may listen on an old socket, in milliseconds. */
const PROBE_DEADLINE_MS = 1_000;

/** Removes the socket a killed process left at `path`; one that somebody listens on stays, and binding will fail. */
export async function removeStaleSocket(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isSocket() === true && !(await isListenedOn(path))) await rm(path, { force: true });
}

/** Closes a socket to other users. */
export async function protectSocket(path: string): Promise<void> {
  await chmod(path, SOCKET_MODE);
}

function isListenedOn(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const answer = (listening: boolean): void => {
      socket.destroy();
      resolve(listening);
    };
    socket.setTimeout(PROBE_DEADLINE_MS, () => answer(true));
    socket.once('connect', () => answer(true));
    socket.once('error', (error: NodeJS.ErrnoException) => answer(error.code !== 'ECONNREFUSED'));
  });
}
