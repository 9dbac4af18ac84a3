import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@shoal/testing';
import {
  READY_DEADLINE_MS,
  startLineProcess,
  type StockClient,
  type StockClientInit,
} from './stock-client.ts';

/**
 * Starts transmission-daemon (3.00 on Debian 12) on one v1 torrent; it refuses hybrids. It knows no
 * trackers but those in the torrent file.
 */
export async function startTransmission(init: StockClientInit): Promise<StockClient> {
  const port = await freePort();
  const config = await mkdtemp(join(tmpdir(), 'shoal-transmission-'));
  await configure(config, init, port);
  const daemon = startLineProcess('transmission-daemon', [
    '--foreground',
    '--log-debug',
    '--config-dir',
    config,
  ]);
  const sees = async (what: string, text: string, deadlineMs: number): Promise<void> => {
    await daemon.waitForLine(what, (line) => line.includes(text) || undefined, deadlineMs);
  };
  const stop = async (): Promise<void> => {
    await daemon.stop();
    await rm(config, { recursive: true, force: true });
  };
  try {
    await sees('torrent taken', 'Parsing .torrent file successful', READY_DEADLINE_MS);
    if (init.role === 'seeder') await sees('verified', 'Verification is done', READY_DEADLINE_MS);
  } catch (error) {
    await stop();
    throw error;
  }
  const complete = async (deadlineMs: number): Promise<void> => {
    if (init.role === 'leecher')
      await sees('complete', 'changed from "Incomplete" to "Complete"', deadlineMs);
  };
  return { port, complete, stop };
}

/** Writes a configuration that keeps to loopback and takes the torrent from a watched directory. */
async function configure(config: string, init: StockClientInit, port: number): Promise<void> {
  const watched = join(config, 'watch');
  await mkdir(watched);
  await copyFile(init.torrentFile, join(watched, 'test.torrent'));
  const settings = {
    'bind-address-ipv4': '127.0.0.1',
    'bind-address-ipv6': '::1',
    'dht-enabled': false,
    'download-dir': init.directory,
    'incomplete-dir-enabled': false,
    'lpd-enabled': false,
    'peer-port': port,
    'pex-enabled': false,
    'port-forwarding-enabled': false,
    'rename-partial-files': false,
    'rpc-enabled': false,
    'utp-enabled': false,
    'watch-dir': watched,
    'watch-dir-enabled': true,
    ...init.settings,
  };
  await writeFile(join(config, 'settings.json'), JSON.stringify(settings));
}
