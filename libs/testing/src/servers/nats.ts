import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GenericContainer, Wait } from 'testcontainers';
import { startContainer } from './container.ts';
import { greeting } from './greeting.ts';
import { startLocalServer } from './local-server.ts';
import { serverSource } from './resources.ts';
import type { RunningServer } from './running-server.ts';
import { freePort, underRetry, untilReady } from './wait.ts';

/** A NATS server of a test's own, with JetStream. */
export interface TestNats {
  /** `nats://` URL. */
  readonly url: string;
  /** Ends the server at once, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again after {@link kill}, with the same URL and streams; resolves when it answers. */
  start(): Promise<void>;
  /** Ends the server and removes its data. */
  stop(): Promise<void>;
}

/**
 * Starts a real nats-server with JetStream, in a container or from this machine's packages as the test runner chose.
 * It ends with the test, also with one that is killed.
 * @throws Error when there is no nats-server here: ask `isAvailable('nats')` first.
 */
export async function startNats(): Promise<TestNats> {
  const source = serverSource('nats');
  return underRetry(async () => {
    const server =
      source.kind === 'container'
        ? await startNatsContainer(source.image)
        : await startNatsBinary(source.executable);
    try {
      await untilAnswers(server);
    } catch (error) {
      await server.stop();
      throw error;
    }
    return {
      url: `nats://127.0.0.1:${server.port}`,
      kill: () => server.kill(),
      start: async () => {
        await server.start();
        await untilAnswers(server);
      },
      stop: () => server.stop(),
    };
  });
}

function startNatsContainer(image: string): Promise<RunningServer> {
  const container = new GenericContainer(image)
    .withCommand(['-js', '-sd', '/tmp/jetstream'])
    .withWaitStrategy(Wait.forLogMessage(/Server is ready/));
  return startContainer(container, 4222);
}

async function startNatsBinary(executable: string): Promise<RunningServer> {
  const directory = mkdtempSync(join(tmpdir(), 'shoal-nats-'));
  const port = await freePort();
  const args = ['-js', '-sd', directory, '-a', '127.0.0.1', '-p', String(port)];
  return startLocalServer({ command: executable, args, directory, port, account: undefined });
}

function untilAnswers(server: RunningServer): Promise<void> {
  return untilReady(
    'nats-server',
    async () => {
      if (!(await greeting(server.port)).startsWith('INFO ')) throw new Error('this is not a NATS server');
    },
    () => server.exited(),
  );
}
