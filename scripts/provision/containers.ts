import { getContainerRuntimeClient, type ContainerRuntimeClient } from 'testcontainers';
import { CONTAINER_LABEL } from '../../libs/testing/src/servers/constants.ts';

/** The Docker engine that testcontainers would use, if one answers. */
export async function findEngine(): Promise<ContainerRuntimeClient | undefined> {
  try {
    return await getContainerRuntimeClient();
  } catch {
    return undefined;
  }
}

/** Removes what the tests of a run left running; tests stop their containers themselves unless they are killed. */
export async function removeContainers(runId: string): Promise<void> {
  const engine = (await findEngine())?.container.dockerode;
  if (engine === undefined) return;
  const filters = { label: [`${CONTAINER_LABEL}=${runId}`] };
  for (const { Id } of await engine.listContainers({ all: true, filters })) {
    await engine.getContainer(Id).remove({ force: true, v: true });
  }
}
