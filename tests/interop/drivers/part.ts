import { join } from 'node:path';
import { freePort } from '@shoal/testing';
import { READY_DEADLINE_MS, startLineProcess } from './stock-client.ts';

export interface PartClientInit {
  /** Path of the .torrent file. */
  readonly torrentFile: string;
  /** Save path of the client. */
  readonly directory: string;
  /** Files to fetch, by path below the root; `all`: everything is there already. */
  readonly files: readonly string[] | 'all';
  /** Ports of peers on loopback to connect to at once (libtorrent only: aria2 asks the torrent's trackers). */
  readonly peers?: readonly number[];
}

/** A stock client that fetches, or has, a part of a torrent. */
export interface PartClient {
  readonly port: number;
  /** Resolves when it has what it wants. */
  finished(deadlineMs: number): Promise<void>;
  /** Resolves when the client prints a line that holds `text`. */
  says(text: string, deadlineMs: number): Promise<void>;
  /** Ends the process and waits until it is gone. */
  stop(): Promise<void>;
}

/** Starts libtorrent (2.0.8 on Debian 12) with priorities of files. */
export async function startLibtorrentPart(init: PartClientInit): Promise<PartClient> {
  const { torrentFile, directory, files, peers = [] } = init;
  const script = join(import.meta.dirname, '..', 'part-client.py');
  const priorities = files === 'all' ? '' : files.map((path) => `${path}=4`).join(',');
  const client = startLineProcess('/usr/bin/python3', [
    ...[script, directory, torrentFile, priorities],
    ...peers.map((port) => `127.0.0.1:${port}`),
  ]);
  const port = await client.waitForLine('port', portOf, READY_DEADLINE_MS);
  const says = (text: string, deadlineMs: number): Promise<void> =>
    client
      .waitForLine(text, (line) => (line.includes(text) ? true : undefined), deadlineMs)
      .then(() => undefined);
  return { port, finished: (deadlineMs) => says('finished', deadlineMs), says, stop: () => client.stop() };
}

/** Starts aria2 (1.36 on Debian 12) with `--select-file`; `order`: the paths of all files, as they are in the torrent. */
export async function startAria2Part(init: PartClientInit, order: readonly string[]): Promise<PartClient> {
  const { torrentFile, directory, files } = init;
  const port = await freePort();
  const numbers = files === 'all' ? [] : files.map((path) => order.indexOf(path) + 1);
  const client = startLineProcess('aria2c', [
    ...['--no-conf', '--enable-dht=false', '--enable-dht6=false', '--bt-enable-lpd=false', '--seed-ratio=0'],
    ...['--disable-ipv6=true', '--interface=127.0.0.1', '--file-allocation=none', '--disk-cache=0'],
    ...[
      '--console-log-level=notice',
      `--listen-port=${port}`,
      '--check-integrity=true',
      '--bt-remove-unselected-file=true',
    ],
    ...(files === 'all' ? [] : [`--select-file=${numbers.join(',')}`]),
    ...[`--dir=${directory}`, torrentFile],
  ]);
  const says = (text: string, deadlineMs: number): Promise<void> =>
    client
      .waitForLine(text, (line) => (line.includes(text) ? true : undefined), deadlineMs)
      .then(() => undefined);
  return {
    port,
    finished: (deadlineMs) => says('Download of selected files was complete', deadlineMs),
    says,
    stop: () => client.stop(),
  };
}

function portOf(line: string): number | undefined {
  const digits = /^port (\d+)$/.exec(line)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
