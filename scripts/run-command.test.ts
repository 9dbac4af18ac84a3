import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { runCommand } from './run-command.ts';

const DEADLINE = 20_000;

it('gives exit code and output', async () => {
  const outcome = await runCommand({
    program: 'sh',
    args: ['-c', 'echo out; echo err >&2; exit 3'],
    deadline: DEADLINE,
  });
  expect(outcome).toMatchObject({ code: 3, timedOut: false });
  expect(outcome.output.split('\n').sort()).toEqual(['', 'err', 'out']);
});

it('says why a program did not start', async () => {
  const outcome = await runCommand({ program: '/nowhere/at-all', args: [], deadline: DEADLINE });
  expect(outcome).toMatchObject({ code: 127, timedOut: false });
  expect(outcome.output).toContain('ENOENT');
});

it('kills a program after its deadline, with what it started', async () => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  // A grandchild holds a connection to us: it closes when the grandchild is dead.
  const hold = `require('node:net').connect(${port}, '127.0.0.1'); setInterval(() => {}, 1000)`;
  const connected = once(server, 'connection');
  const outcome = runCommand({
    program: 'sh',
    args: ['-c', '"$0" -e "$1" & wait', process.execPath, hold],
    deadline: 1_000,
  });
  const [socket] = (await connected) as [Socket];
  const closed = once(socket.resume(), 'close');
  expect(await outcome).toMatchObject({ code: 124, timedOut: true });
  await closed;
  server.close();
});
