import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/** What tests may need beyond npm packages: the servers behind the adapters, stock clients, a Docker engine. */
export type TestResource =
  | 'postgres'
  | 'nats'
  | 'libtorrent'
  | 'aria2'
  | 'transmission'
  | 'opentracker'
  | 'nginx'
  | 'kubectl'
  | 'docker';

/**
 * The executable on this machine that stands for a resource, or undefined. For libtorrent it is a Python that can
 * import it: the first `python3` on PATH is often not the one Debian installs modules for.
 */
export function findOnMachine(resource: TestResource): string | undefined {
  switch (resource) {
    case 'postgres':
      return findPostgres();
    case 'nats':
      return onPath('nats-server')[0];
    case 'libtorrent':
      return [...onPath('python3'), '/usr/bin/python3'].find(importsLibtorrent);
    case 'aria2':
      return onPath('aria2c')[0];
    case 'transmission':
      return onPath('transmission-cli').length > 0 ? onPath('transmission-daemon')[0] : undefined;
    case 'opentracker':
      return onPath('opentracker')[0];
    case 'nginx':
      return onPath('nginx')[0];
    case 'kubectl':
      return onPath('kubectl')[0];
    case 'docker':
      // An engine is something to ask, not to find: only the test runner does.
      return undefined;
  }
}

/** `postgres` with `initdb` beside it; Debian keeps both off PATH, a folder for each major version. */
function findPostgres(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const candidates = [
    ...onPath('postgres').map((path) => realpathSync(path)),
    ...versions.map((version) => join(debian, version, 'bin', 'postgres')),
  ];
  return candidates.find((path) => isExecutable(path) && isExecutable(join(dirname(path), 'initdb')));
}

function onPath(name: string): string[] {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...folders, '/usr/sbin', '/sbin'].map((folder) => join(folder, name)).filter(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function importsLibtorrent(python: string): boolean {
  const probe = spawnSync(python, ['-c', 'import libtorrent'], { stdio: 'ignore', timeout: 10_000 });
  return probe.status === 0;
}
