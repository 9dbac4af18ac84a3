import { freePort } from '@shoal/testing';
import {
  READY_DEADLINE_MS,
  startLineProcess,
  type StockClient,
  type StockClientInit,
} from './stock-client.ts';

/** Quiet on the network, talkative on standard output. */
const COMMON_OPTIONS = [
  '--no-conf',
  '--console-log-level=info',
  '--enable-color=false',
  '--show-console-readout=false',
  '--summary-interval=0',
  '--enable-dht=false',
  '--enable-dht6=false',
  '--enable-peer-exchange=false',
  '--bt-enable-lpd=false',
  '--disable-ipv6=true',
  '--file-allocation=none',
];

/**
 * Starts aria2 (1.36 on Debian 12) on one torrent, v1 or hybrid: of a hybrid it computes an info-hash of its own. A
 * leecher exits when it has everything, which is how `complete` knows. As a seeder it cannot hold symlinks.
 */
export async function startAria2(init: StockClientInit): Promise<StockClient> {
  const port = await freePort();
  const aria2 = startLineProcess('aria2c', [
    ...COMMON_OPTIONS,
    `--listen-port=${String(port)}`,
    `--dir=${init.directory}`,
    ...(init.role === 'seeder' ? ['--check-integrity=true', '--seed-ratio=0.0'] : ['--seed-time=0']),
    `--torrent-file=${init.torrentFile}`,
  ]);
  const sees = async (what: string, text: string): Promise<void> => {
    await aria2.waitForLine(what, (line) => line.includes(text) || undefined, READY_DEADLINE_MS);
  };
  try {
    await sees('listening', `listening on TCP port ${String(port)}`);
    if (init.role === 'seeder') await sees('verified', 'Verification finished successfully');
  } catch (error) {
    await aria2.stop();
    throw error;
  }
  return {
    port,
    complete: (deadlineMs) => (init.role === 'seeder' ? Promise.resolve() : aria2.waitForSuccess(deadlineMs)),
    stop: () => aria2.stop(),
  };
}
