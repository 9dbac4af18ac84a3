import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@shoal/testing';
import type { MagnetClient } from './magnet.ts';
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
  const { settings = {}, directory } = init;
  const watched = await configure(config, { directory, settings, port });
  await copyFile(init.torrentFile, join(watched, 'test.torrent'));
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

/** Starts transmission-cli on a magnet link of a v1 torrent. It knows the trackers of the link alone. */
export async function startTransmissionMagnet(uri: string, directory: string): Promise<MagnetClient> {
  const config = await mkdtemp(join(tmpdir(), 'shoal-transmission-'));
  const port = await freePort();
  await configure(config, { directory, settings: { 'watch-dir-enabled': false }, port });
  // It shows progress in one line that never ends: the script says when all is there.
  const script = join(config, 'done.sh');
  await writeFile(script, '#!/bin/sh\necho && echo "everything is there"\n', { mode: 0o755 });
  const client = startLineProcess('transmission-cli', [
    ...['--config-dir', config, '--download-dir', directory, '--port', String(port)],
    ...['--finish', script, uri],
  ]);
  return {
    async complete(deadlineMs) {
      const isComplete = (line: string): boolean => line.includes('everything is there');
      await client.waitForLine('complete', (line) => isComplete(line) || undefined, deadlineMs);
    },
    async stop() {
      await client.stop();
      await rm(config, { recursive: true, force: true });
    },
  };
}

/** Writes a configuration that keeps to loopback. Gives the watched directory that torrents are taken from. */
async function configure(
  config: string,
  init: { readonly directory: string; readonly settings: object; readonly port: number },
): Promise<string> {
  const watched = join(config, 'watch');
  await mkdir(watched);
  const settings = {
    'bind-address-ipv4': '127.0.0.1',
    'bind-address-ipv6': '::1',
    'dht-enabled': false,
    'download-dir': init.directory,
    'incomplete-dir-enabled': false,
    'lpd-enabled': false,
    'peer-port': init.port,
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
  return watched;
}
