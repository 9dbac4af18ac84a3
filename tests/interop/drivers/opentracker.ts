import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeScrapeResponse, infoHashHex, type WireInfoHash } from '@shoal/protocol';
import { freePort } from '@shoal/testing';
import { until } from '../../e2e/support/until.ts';
import { startLineProcess } from './stock-client.ts';

const LOOPBACK = '127.0.0.1';

/** A running opentracker. */
export interface Opentracker {
  /** Announce URL over UDP (BEP 15). */
  readonly udpUrl: string;
  /** Resolves when a peer that has everything has announced itself. */
  seederOf(infoHash: WireInfoHash): Promise<void>;
  stop(): Promise<void>;
}

/** Starts opentracker (Debian 12's, of 2021-08-23), which serves these swarms alone over HTTP and UDP. */
export async function startOpentracker(infoHashes: readonly WireInfoHash[]): Promise<Opentracker> {
  const directory = await mkdtemp(join(tmpdir(), 'shoal-opentracker-'));
  // Started as root it goes on as nobody, with this directory as its root.
  await chmod(directory, 0o755);
  await writeFile(join(directory, 'whitelist'), infoHashes.map((hash) => `${infoHashHex(hash)}\n`).join(''));
  const port = await freePort();
  const config = join(directory, 'opentracker.conf');
  await writeFile(config, `listen.tcp_udp ${LOOPBACK}:${port}\naccess.whitelist whitelist\n`);
  const tracker = startLineProcess('opentracker', ['-f', config, '-d', directory]);
  const stop = async (): Promise<void> => {
    await tracker.stop();
    await rm(directory, { recursive: true, force: true });
  };

  /** Peers that have everything; undefined while it does not answer. */
  async function seeders(infoHash: WireInfoHash): Promise<number | undefined> {
    const hash = Array.from(infoHash, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
    const answer = await fetch(`http://${LOOPBACK}:${port}/scrape?info_hash=${hash}`).catch(() => undefined);
    if (answer?.ok !== true) return undefined;
    return decodeScrapeResponse(await answer.bytes())[0]?.complete ?? 0;
  }

  try {
    const [first] = infoHashes;
    if (first !== undefined) await until('opentracker answers', () => seeders(first));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    udpUrl: `udp://${LOOPBACK}:${port}/announce`,
    seederOf: async (infoHash) => {
      await until('a seeder announces itself', async () => ((await seeders(infoHash)) ?? 0) > 0 || undefined);
    },
    stop,
  };
}
