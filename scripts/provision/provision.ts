import { findOnMachine, type TestResource } from '../../libs/testing/src/servers/machine.ts';
import { canInstall, installPackages } from './apt.ts';
import { findEngine } from './containers.ts';
import { ensureImage } from './images.ts';

/** What a Debian package brings; the Docker engine is up to whoever runs the tests. */
type Installable = Exclude<TestResource, 'docker'>;

/** The Debian packages that bring each resource. */
const PACKAGES: Readonly<Record<Installable, readonly string[]>> = {
  postgres: ['postgresql'],
  nats: ['nats-server'],
  libtorrent: ['python3-libtorrent'],
  aria2: ['aria2'],
  transmission: ['transmission-daemon', 'transmission-cli'],
  opentracker: ['opentracker'],
  nginx: ['nginx'],
  kubectl: ['kubernetes-client'],
};

const INSTALLABLE = Object.keys(PACKAGES) as Installable[];

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
  // No registry, no Ryuk: the runner itself removes the containers that a killed test leaves behind.
  const env: Environment = { TESTCONTAINERS_RYUK_DISABLED: 'true' };
  const missing: TestResource[] = [];
  const images = process.env['SHOAL_TEST_SERVERS'] === 'binary' ? undefined : await findImages(say);
  if (images === undefined) missing.push('docker');

  for (const resource of INSTALLABLE) {
    const image = images?.get(resource);
    if (image !== undefined) {
      env[`SHOAL_TEST_${resource.toUpperCase()}`] = `container:${image}`;
      say(`${resource}: containers of ${image}`);
      continue;
    }
    const found = findOnMachine(resource) ?? (await install(resource, say));
    if (found === undefined) {
      missing.push(resource);
      say(`!! ${resource} is MISSING: install ${PACKAGES[resource].join(', ')}. Its tests are skipped.`);
    } else {
      say(`${resource}: ${found}`);
    }
  }
  return { ...env, SHOAL_TEST_MISSING: missing.join(',') };
}

/** An image for each server, when a Docker engine answers and has or gets them all. */
async function findImages(say: Say): Promise<ReadonlyMap<string, string> | undefined> {
  const engine = await findEngine();
  if (engine === undefined) {
    say('no Docker engine answers: servers run from the packages of this machine');
    return undefined;
  }
  const images = new Map<string, string>();
  for (const server of ['postgres', 'nats'] as const) {
    const image = await ensureImage(engine, server, say);
    if (image === undefined) return undefined;
    images.set(server, image);
  }
  return images;
}

async function install(resource: Installable, say: Say): Promise<string | undefined> {
  if (!canInstall()) return undefined;
  say(`${resource}: installing Debian's ${PACKAGES[resource].join(', ')} …`);
  const problem = await installPackages(PACKAGES[resource]);
  if (problem !== undefined) say(`${resource}: ${problem}`);
  return findOnMachine(resource);
}
