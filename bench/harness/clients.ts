import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { BenchError } from '../errors.ts';
import type { CommandLine } from '../network/network.ts';

/** Formats of a torrent that is measured: v1 is checked with SHA-1, v2 with SHA-256. */
export type TorrentFormat = 'v1' | 'v2';

/** A client with the kind of torrent it is given. */
export interface Entrant {
  /** As on the command line: `shoal/v2`. */
  readonly name: string;
  readonly client: ClientName;
  readonly format: TorrentFormat;
}

export type ClientName = 'shoal' | 'libtorrent' | 'aria2';

interface Client {
  /** The contestant's program and first arguments. */
  readonly command: CommandLine;
  /** Succeeds, printing the version, where the client is installed. */
  readonly versionCommand: CommandLine;
  readonly debianPackage: string;
  readonly formats: readonly TorrentFormat[];
}

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const CLIENTS: Readonly<Record<ClientName, Client>> = {
  shoal: {
    command: [path('../contestant')],
    versionCommand: [process.execPath, '--print', '`Shoal on Node ${process.version}`'],
    debianPackage: '',
    formats: ['v2', 'v1'],
  },
  libtorrent: {
    command: [path('../contestants/libtorrent-client.py')],
    versionCommand: [
      '/usr/bin/python3',
      '-c',
      'import libtorrent; print("libtorrent", libtorrent.__version__)',
    ],
    debianPackage: 'python3-libtorrent',
    formats: ['v1', 'v2'],
  },
  aria2: {
    command: [process.execPath, path('../contestants/aria2.ts')],
    versionCommand: ['aria2c', '--version'],
    debianPackage: 'aria2',
    formats: ['v1'],
  },
};

const VERSION_DEADLINE_MS = 10_000;

/** The program and first arguments of a client's contestant. */
export function contestantCommand(client: ClientName): CommandLine {
  return CLIENTS[client].command;
}

/** A line that names the installed version; undefined when the client is not installed. */
export function clientVersion(client: ClientName): string | undefined {
  const [program, ...args] = CLIENTS[client].versionCommand;
  try {
    const output = execFileSync(program, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: VERSION_DEADLINE_MS,
    });
    return output.split('\n', 1)[0];
  } catch {
    return undefined;
  }
}

/** How to get a client that is not installed. */
export function installHint(client: ClientName): string {
  return `apt-get install --no-install-recommends ${CLIENTS[client].debianPackage}`;
}

/**
 * Reads `client` or `client/format`; the format defaults to the client's first.
 * @throws BenchError SHOAL_BENCH_ARGUMENT
 */
export function parseEntrant(text: string): Entrant {
  const [name = '', format] = text.split('/');
  if (!isClientName(name)) throw badEntrant(text);
  const { formats } = CLIENTS[name];
  const chosen = format === undefined ? formats[0] : formats.find((each) => each === format);
  if (chosen === undefined) throw badEntrant(text);
  return { name: `${name}/${chosen}`, client: name, format: chosen };
}

function isClientName(name: string): name is ClientName {
  return Object.hasOwn(CLIENTS, name);
}

function badEntrant(text: string): BenchError {
  const known = Object.entries(CLIENTS).flatMap(([name, { formats }]) =>
    formats.map((format) => `${name}/${format}`),
  );
  return new BenchError(
    'SHOAL_BENCH_ARGUMENT',
    `there is no client ${JSON.stringify(text)}`,
    `Name some of ${known.join(', ')}, separated by commas.`,
  );
}
