import { join } from 'node:path';
import { type LineProcess, startLineProcess } from './stock-client.ts';

/** A stock client that fetches a torrent of which it has a magnet link alone. */
export interface MagnetClient {
  /** Resolves when every piece is verified and on disk; rejects after `deadlineMs` or when the client fails. */
  complete(deadlineMs: number): Promise<void>;
  /** Ends the process and waits until it is gone. */
  stop(): Promise<void>;
}

/** Starts libtorrent (2.0.8 on Debian 12): v1, v2 and hybrid. It knows `tr` and `x.pe`. */
export function startLibtorrentMagnet(uri: string, directory: string): MagnetClient {
  const script = join(import.meta.dirname, '..', 'magnet-client.py');
  const client = startLineProcess('/usr/bin/python3', [script, directory, uri]);
  return magnetClient(client, (line) => line === 'complete');
}

/** Starts aria2 (1.36 on Debian 12): v1, and hybrids by their v1 half. It knows `tr` alone. */
export function startAria2Magnet(uri: string, directory: string): MagnetClient {
  const client = startLineProcess('aria2c', [
    ...['--no-conf', '--enable-dht=false', '--enable-dht6=false', '--bt-enable-lpd=false', '--seed-time=0'],
    ...[
      '--disable-ipv6=true',
      '--interface=127.0.0.1',
      '--file-allocation=none',
      '--console-log-level=notice',
    ],
    ...[`--dir=${directory}`, uri],
  ]);
  // The first download that is complete is that of the metadata; its name says so.
  return magnetClient(client, (line) => line.includes('Download complete: /'));
}

function magnetClient(client: LineProcess, isComplete: (line: string) => boolean): MagnetClient {
  return {
    async complete(deadlineMs) {
      await client.waitForLine('complete', (line) => isComplete(line) || undefined, deadlineMs);
    },
    stop: () => client.stop(),
  };
}
