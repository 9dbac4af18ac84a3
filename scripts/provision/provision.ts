import { findOnMachine, TEST_RESOURCES, type TestResource } from '../../libs/testing/src/servers/machine.ts';
import { canInstall, installPackages } from './apt.ts';
import { findEngine } from './containers.ts';
import { ensureImage, type ServerName } from './images.ts';

/** The Debian package that brings each resource. */
const PACKAGES: Readonly<Record<Exclude<TestResource, 'docker'>, string>> = {
  postgres: 'postgresql',
  nats: 'nats-server',
  libtorrent: 'python3-libtorrent',
  aria2: 'aria2',
  transmission: 'transmission-daemon',
  kubectl: 'kubernetes-client',
};

type Environment = Record<string, string>;

/** Says a line to whoever runs the tests. */
type Say = (line: string) => void;

/**
 * Provides what tests need beyond npm packages, and gives the environment that tells them about it:
 * SHOAL_TEST_POSTGRES, SHOAL_TEST_NATS (see `serverSource`) and SHOAL_TEST_MISSING (see `isAvailable`).
 * PostgreSQL and NATS run in containers where a Docker engine answers; else they, like the stock clients, are what
 * is installed on the machine, or what can be installed as root from Debian's packages.
 */
export async function provision(say: Say): Promise<Environment> {
  const wish = process.env['SHOAL_TEST_SERVERS'] ?? 'auto';
  const engine = wish === 'binary' ? undefined : await findEngine();
  const missing: TestResource[] = [];
  // No registry, no Ryuk: the runner itself removes the containers that a killed test leaves behind.
  const env: Environment = { TESTCONTAINERS_RYUK_DISABLED: 'true' };

  for (const resource of TEST_RESOURCES) {
    if (resource === 'docker') {
      if (engine === undefined) missing.push(resource);
      continue;
    }
    if (isServer(resource)) {
      const image = engine === undefined ? undefined : await ensureImage(engine, resource, say);
      if (image !== undefined) {
        env[`SHOAL_TEST_${resource.toUpperCase()}`] = `container:${image}`;
        say(`${resource}: containers of ${image}`);
        continue;
      }
      if (wish === 'container') {
        missing.push(resource);
        say(
          `!! ${resource} is MISSING: no Docker engine answers, or it has no image. Its tests are skipped.`,
        );
        continue;
      }
      env[`SHOAL_TEST_${resource.toUpperCase()}`] = 'binary';
    }
    const found = findOnMachine(resource) ?? (await install(resource, say));
    if (found === undefined) {
      missing.push(resource);
      say(`!! ${resource} is MISSING: install ${PACKAGES[resource]}. Its tests are skipped.`);
    } else {
      say(`${resource}: ${found}`);
    }
  }
  return { ...env, SHOAL_TEST_MISSING: missing.join(',') };
}

function isServer(resource: TestResource): resource is ServerName {
  return resource === 'postgres' || resource === 'nats';
}

async function install(resource: Exclude<TestResource, 'docker'>, say: Say): Promise<string | undefined> {
  if (!canInstall()) return undefined;
  say(`${resource}: installing Debian's ${PACKAGES[resource]} …`);
  const problem = await installPackages([PACKAGES[resource]]);
  if (problem !== undefined) say(`${resource}: ${problem}`);
  return findOnMachine(resource);
}
