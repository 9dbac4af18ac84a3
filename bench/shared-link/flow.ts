/** A TCP flow that always has more to say: `flow.ts sink ADDRESS PORT` takes one, `flow.ts source ADDRESS PORT LOCAL` sends one. */
import { connect, createServer } from 'node:net';

const CHUNK = Buffer.alloc(64 * 1024);

const [role = '', host = '', port = '', localAddress = ''] = process.argv.slice(2);
// Whoever started it closes this when it is to end.
process.stdin.on('end', () => process.exit()).resume();

if (role === 'sink') {
  createServer((socket) => socket.on('error', () => undefined).resume()).listen(Number(port), host, () => {
    process.stdout.write('ready\n');
  });
} else {
  const socket = connect({ host, port: Number(port), localAddress });
  const send = (): void => {
    while (socket.write(CHUNK));
  };
  socket.on('drain', send).once('connect', send);
}
