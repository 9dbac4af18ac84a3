import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '@shoal/testing';
import { commandAt, type NetworkHost } from '../../../bench/network/network.ts';
import type { MagnetClient } from './magnet.ts';
import type { PartClient, PartClientInit } from './part.ts';
import {
  ON_LOOPBACK,
  READY_DEADLINE_MS,
  startLineProcess,
  type StockClient,
  type StockClientInit,
} from './stock-client.ts';

/** How long a command to the daemon may take, in milliseconds. */
const REMOTE_DEADLINE_MS = 10_000;

/** Transmission at work: what it logs can be waited for. */
export interface TransmissionClient extends StockClient {
  /** Resolves when it logs a line, past or future, that holds `text`. */
  logs(text: string, deadlineMs: number): Promise<void>;
}

/**
 * Starts transmission-daemon (3.00 on Debian 12) on one v1 torrent; it refuses hybrids. It knows no
 * trackers but those in the torrent file.
 */
export async function startTransmission(init: StockClientInit): Promise<TransmissionClient> {
  const { settings = {}, at = ON_LOOPBACK } = init;
  const daemon = await startDaemon(at, init.directory, settings, init.torrentFile);
  try {
    await daemon.logs('Parsing .torrent file successful', READY_DEADLINE_MS);
    if (init.role === 'seeder') await daemon.logs('Verification is done', READY_DEADLINE_MS);
  } catch (error) {
    await daemon.stop();
    throw error;
  }
  const complete = async (deadlineMs: number): Promise<void> => {
    if (init.role === 'leecher') await daemon.logs('changed from "Incomplete" to "Complete"', deadlineMs);
  };
  return { ...daemon, complete };
}

/** Starts transmission-daemon on some files of a v1 torrent, as `transmission-remote --get` chooses them. */
export async function startTransmissionPart(
  init: PartClientInit & { readonly files: readonly string[] },
  order: readonly string[],
): Promise<PartClient> {
  const rpcPort = await freePort();
  // Nothing is fetched before it is said what.
  const settings = {
    'rpc-enabled': true,
    'rpc-bind-address': '127.0.0.1',
    'rpc-port': rpcPort,
    'start-added-torrents': false,
  };
  const daemon = await startDaemon(ON_LOOPBACK, init.directory, settings, init.torrentFile);
  const remote = async (...args: readonly string[]): Promise<void> => {
    await promisify(execFile)('transmission-remote', [`127.0.0.1:${rpcPort}`, '--torrent', 'all', ...args], {
      timeout: REMOTE_DEADLINE_MS,
    });
  };
  try {
    await daemon.logs('Parsing .torrent file successful', READY_DEADLINE_MS);
    await remote('--no-get', 'all');
    await remote('--get', init.files.map((path) => order.indexOf(path)).join(','));
    await remote('--start');
  } catch (error) {
    await daemon.stop();
    throw error;
  }
  return {
    port: daemon.port,
    finished: (deadlineMs) => daemon.logs('changed from "Incomplete" to "Done"', deadlineMs),
    says: daemon.logs,
    stop: daemon.stop,
  };
}

/** A daemon that has been given a torrent. */
type Daemon = Pick<TransmissionClient, 'port' | 'logs' | 'stop'>;

async function startDaemon(
  at: NetworkHost,
  directory: string,
  settings: object,
  torrentFile: string,
): Promise<Daemon> {
  const port = await freePort();
  const config = await mkdtemp(join(tmpdir(), 'shoal-transmission-'));
  const where = { 'bind-address-ipv4': at.address };
  const watched = await configure(config, { directory, settings: { ...where, ...settings }, port });
  await copyFile(torrentFile, join(watched, 'test.torrent'));
  const [program, ...args] = commandAt(at, [
    'transmission-daemon',
    ...['--foreground', '--log-debug', '--config-dir', config],
  ]);
  const daemon = startLineProcess(program, args);
  return {
    port,
    async logs(text, deadlineMs) {
      await daemon.waitForLine(text, (line) => line.includes(text) || undefined, deadlineMs);
    },
    async stop() {
      await daemon.stop();
      await rm(config, { recursive: true, force: true });
    },
  };
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
