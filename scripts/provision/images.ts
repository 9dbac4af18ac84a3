import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { ImageName, type ContainerRuntimeClient } from 'testcontainers';
import { runCommand, ROOT } from '../run-command.ts';
import { canInstall, installPackages } from './apt.ts';

/** The servers that tests run in containers. */
export type ServerName = 'postgres' | 'nats';

const MINUTE = 60_000;

/** How long the registry may take to answer at all, in ms. */
const REGISTRY_PATIENCE = 5_000;

const OFFICIAL: Readonly<Record<ServerName, string>> = { postgres: 'postgres:15', nats: 'nats:2.10' };

const REGISTRY = 'https://registry-1.docker.io/v2/';

const ENTRYPOINT = 'scripts/provision/postgres-entrypoint.sh';

const DEBIAN = { suite: 'bookworm', mirror: 'http://deb.debian.org/debian' };

/** One root file system serves both images: making it takes most of the time. */
const PACKAGES = ['postgresql-15', 'nats-server', 'ca-certificates'];

/** Dockerfile instructions for `docker import`. */
const CHANGES: Readonly<Record<ServerName, readonly string[]>> = {
  postgres: [
    'ENV PATH=/usr/lib/postgresql/15/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'EXPOSE 5432',
    'ENTRYPOINT ["/entrypoint.sh"]',
    'CMD ["postgres"]',
  ],
  nats: ['ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'EXPOSE 4222', 'ENTRYPOINT ["nats-server"]'],
};

/** Not needed by a server that lives for one test. */
const STRIPPED = ['var/cache/apt', 'var/lib/apt/lists', 'usr/share/doc', 'usr/share/man', 'usr/share/locale'];

/**
 * The name of an image of a server that the engine has, pulled or made if need be: the official one where a registry
 * can be reached, else one made as root from Debian's packages. Undefined when neither can be had.
 */
export async function ensureImage(
  engine: ContainerRuntimeClient,
  server: ServerName,
  say: (line: string) => void,
): Promise<string | undefined> {
  const official = ImageName.fromString(OFFICIAL[server]);
  if (await engine.image.exists(official)) return official.string;
  const recipe = await recipeHash();
  const local = localName(server, recipe);
  if (await engine.image.exists(ImageName.fromString(local))) return local;
  try {
    if (await registryAnswers()) {
      say(`${server}: pulling ${official.string} …`);
      await engine.image.pull(official);
      return official.string;
    }
    if (!canInstall()) return undefined;
    say(`${server}: making ${local} from Debian's packages, about a minute …`);
    await makeImages(engine, recipe);
    return local;
  } catch (error) {
    say(`${server}: no image: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

async function registryAnswers(): Promise<boolean> {
  try {
    await fetch(REGISTRY, { signal: AbortSignal.timeout(REGISTRY_PATIENCE) });
    return true;
  } catch {
    return false;
  }
}

/** Images are named after what they are made of, so that a change of the recipe makes new ones. */
function localName(server: ServerName, recipe: string): string {
  return `shoal-test/${server}:${recipe}`;
}

async function recipeHash(): Promise<string> {
  return createHash('sha256')
    .update(JSON.stringify([CHANGES, DEBIAN, PACKAGES, STRIPPED]))
    .update(await readFile(join(ROOT, ENTRYPOINT)))
    .digest('hex')
    .slice(0, 12);
}

async function makeImages(engine: ContainerRuntimeClient, recipe: string): Promise<void> {
  const problem = await installPackages(['debootstrap']);
  if (problem !== undefined) throw new Error(problem);
  const work = await mkdtemp(join(tmpdir(), 'shoal-image-'));
  try {
    const rootfs = join(work, 'rootfs');
    const include = `--include=${PACKAGES.join(',')}`;
    await must('debootstrap', ['--variant=minbase', include, DEBIAN.suite, rootfs, DEBIAN.mirror]);
    for (const path of STRIPPED) await rm(join(rootfs, path), { recursive: true, force: true });
    await cp(join(ROOT, ENTRYPOINT), join(rootfs, 'entrypoint.sh'));
    await chmod(join(rootfs, 'entrypoint.sh'), 0o755);
    const archive = join(work, 'rootfs.tar');
    await must('tar', ['--numeric-owner', '-C', rootfs, '-cf', archive, '.']);
    for (const server of ['postgres', 'nats'] as const) {
      await importImage(engine, archive, localName(server, recipe), CHANGES[server]);
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function importImage(
  engine: ContainerRuntimeClient,
  archive: string,
  name: string,
  changes: readonly string[],
): Promise<void> {
  const [repo = '', tag = ''] = name.split(':');
  const options = { repo, tag, changes: [...changes] };
  const progress = await engine.container.dockerode.importImage(createReadStream(archive), options);
  await buffer(progress);
}

async function must(program: string, args: readonly string[]): Promise<void> {
  const { code, output, timedOut } = await runCommand({ program, args, deadline: 6 * MINUTE });
  if (code === 0) return;
  const why = timedOut ? 'it took too long' : output.trim().split('\n').slice(-3).join(' / ');
  throw new Error(`${program} failed: ${why}`);
}
