import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** What the first connection through a relay carried. */
export interface Exchange {
  /** From who dialled to who was dialled, and back. */
  readonly sent: Buffer;
  readonly answered: Buffer;
}

/** A TCP relay on loopback that keeps what passes. */
export interface Relay {
  readonly port: number;
  /** Of all its connections, in the order made. */
  exchanges(): Exchange[];
  close(): Promise<void>;
}

/** Relays connections to `port`. */
export async function startRelay(port: number): Promise<Relay> {
  const recordings: { readonly sent: Buffer[]; readonly answered: Buffer[] }[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const target = connect(port, '127.0.0.1');
    const recording = { sent: [] as Buffer[], answered: [] as Buffer[] };
    recordings.push(recording);
    pass(client, target, recording.sent);
    pass(target, client, recording.answered);
    for (const socket of [client, target]) sockets.add(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    exchanges: () =>
      recordings.map(({ sent, answered }) => ({
        sent: Buffer.concat(sent),
        answered: Buffer.concat(answered),
      })),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function pass(from: Socket, to: Socket, kept: Buffer[]): void {
  from.on('data', (chunk: Buffer) => kept.push(chunk));
  from.on('error', () => to.destroy());
  from.pipe(to);
}
