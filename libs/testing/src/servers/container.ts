import { getContainerRuntimeClient, type GenericContainer } from 'testcontainers';
import { CONTAINER_LABEL, START_DEADLINE } from './constants.ts';
import { freePort } from './wait.ts';
import type { RunningServer } from './running-server.ts';

/**
 * Starts a container whose `port` is reachable on a loopback port that stays the same over {@link RunningServer.kill}
 * and {@link RunningServer.start}. The data live in the container, so they survive both.
 */
export async function startContainer(container: GenericContainer, port: number): Promise<RunningServer> {
  const hostPort = await freePort();
  const started = await container
    .withExposedPorts({ container: port, host: hostPort })
    .withLabels({ [CONTAINER_LABEL]: process.env['SHOAL_TEST_RUN'] ?? 'manual' })
    .withStartupTimeout(START_DEADLINE)
    .start();
  const runtime = await getContainerRuntimeClient();
  const engine = runtime.container.dockerode.getContainer(started.getId());
  return {
    port: hostPort,
    exited: () => undefined,
    kill: async () => {
      await engine.kill();
      await engine.wait();
    },
    start: async () => {
      await engine.start();
    },
    stop: async () => {
      await started.stop({ timeout: 0, remove: true, removeVolumes: true });
    },
  };
}
