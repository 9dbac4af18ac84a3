import { parseArgs, type ParseArgsConfig } from 'node:util';

/** What a harness asks a contestant to do. */
export interface ContestantArguments {
  readonly role: 'seed' | 'leech';
  /** Path of the .torrent file. */
  readonly torrent: string;
  /** Directory that the torrent's file or root directory lies, or will lie, in. */
  readonly directory: string;
  /** Scratch directory that outlives a kill: resume data. */
  readonly work: string;
  /** Address to listen at; what is dialled is dialled from there too. */
  readonly listen: ContestantAddress;
  /** Peers to connect to without a tracker's help. */
  readonly peers: readonly ContestantAddress[];
  /** Whether to announce to the trackers that the torrent names. */
  readonly useTrackers: boolean;
  /** Whether `directory` holds what a killed contestant left. */
  readonly resume: boolean;
  /** `--opt key=value`: settings of one client. */
  readonly options: ReadonlyMap<string, string>;
}

export interface ContestantAddress {
  readonly host: string;
  readonly port: number;
}

/** Arguments that do not make sense. */
export class ContestantArgumentError extends Error {
  readonly code = 'SHOAL_BENCH_ARGUMENT';
  readonly remedy =
    'Give --role seed|leech --torrent FILE --dir DIR --work DIR --listen IP:PORT [--peer IP:PORT]… [--no-tracker] [--resume] [--opt KEY=VALUE]…';
  override readonly name = 'ContestantArgumentError';
}

const OPTIONS = {
  role: { type: 'string' },
  torrent: { type: 'string' },
  dir: { type: 'string' },
  work: { type: 'string' },
  listen: { type: 'string' },
  peer: { type: 'string', multiple: true },
  'no-tracker': { type: 'boolean', default: false },
  resume: { type: 'boolean', default: false },
  opt: { type: 'string', multiple: true },
} as const satisfies ParseArgsConfig['options'];

/**
 * Reads a contestant's command line.
 * @throws ContestantArgumentError
 */
export function parseContestantArguments(args: readonly string[]): ContestantArguments {
  const values = readOptions(args);
  const { role } = values;
  if (role !== 'seed' && role !== 'leech') throw new ContestantArgumentError('--role is seed or leech');
  return {
    role,
    torrent: required('torrent', values.torrent),
    directory: required('dir', values.dir),
    work: required('work', values.work),
    listen: parseAddress(required('listen', values.listen)),
    peers: (values.peer ?? []).map(parseAddress),
    useTrackers: !values['no-tracker'],
    resume: values.resume,
    options: new Map((values.opt ?? []).map(parsePair)),
  };
}

function readOptions(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw new ContestantArgumentError(error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
}

function required(name: string, value: string | undefined): string {
  if (value === undefined || value === '') throw new ContestantArgumentError(`--${name} is missing`);
  return value;
}

function parseAddress(text: string): ContestantAddress {
  const [, host, port] = /^\[?(.+?)\]?:(\d{1,5})$/.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535) {
    throw new ContestantArgumentError(`${JSON.stringify(text)} is no IP:PORT`);
  }
  return { host, port: Number(port) };
}

function parsePair(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new ContestantArgumentError(`--opt ${JSON.stringify(text)} is no KEY=VALUE`);
  return [text.slice(0, at), text.slice(at + 1)];
}
