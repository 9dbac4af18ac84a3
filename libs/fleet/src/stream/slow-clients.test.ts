import { readdir } from 'node:fs/promises';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { afterEach, expect, it } from 'vitest';
import { startStreamedSwarm, type StreamedSwarm } from './test-streamed-swarm.ts';

const KIB = 1_024;
const MIB = 1_024 * KIB;
const PIECE = 64 * KIB;

let swarm: StreamedSwarm;
afterEach(() => swarm.stop());

/** Asks for the file from `start` on. The answer comes with its first bytes, and nobody reads on by itself. */
function ask(start: number): { readonly sent: ClientRequest; readonly answered: Promise<IncomingMessage> } {
  const headers = { range: `bytes=${start}-` };
  const sent = request(`${swarm.base}/files/web/a`, { agent: false, headers }).end();
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve).on('error', reject);
  });
  answered.catch(() => undefined);
  return { sent, answered };
}

it(
  'a client that does not read keeps nobody waiting, and little in memory',
  { timeout: 60_000 },
  async () => {
    const size = 32 * MIB;
    swarm = await startStreamedSwarm({ sizes: { a: size }, pieceLength: MIB });
    swarm.connect();
    const response = await ask(0).answered;
    await swarm.torrent.whenComplete();
    // What two sockets hold that nobody reads is a few MiB at most: tcp_wmem (tcp(7)), and a window that does not grow.
    expect(await swarm.bytesRead()).toBeLessThan(size / 2);
    const body = await buffer(response);
    expect(body.equals(swarm.content('a'))).toBe(true);
    expect(await swarm.bytesRead()).toBe(size);
  },
);

it(
  'clients that go away leave nothing open, and nothing is fetched for them',
  { timeout: 60_000 },
  async () => {
    const pieces = 400;
    swarm = await startStreamedSwarm({
      sizes: { a: pieces * PIECE },
      pieceLength: PIECE,
      uploadLimit: 8 * MIB,
    });
    const openFiles = async (): Promise<number> => (await readdir('/proc/self/fd')).length;
    swarm.connect();
    // One that stays, so that whatever a first answer opens is open before the others come.
    await ask(0).answered;
    const before = await openFiles();

    const waiting = Array.from({ length: 12 }, (_, at) => ask((at + 1) * 20 * PIECE));
    await expect.poll(() => swarm.openReaders).toBe(13);
    for (const { sent } of waiting) sent.destroy();
    await expect.poll(() => swarm.openReaders).toBe(1);
    await expect.poll(openFiles).toBeLessThanOrEqual(before);

    // They had pieces 20 to 270 ahead of them. Had these still a deadline, those behind them would come last.
    const halfway = (): boolean => swarm.torrent.progress().piecesDone >= pieces / 2;
    await expect.poll(halfway, { timeout: 30_000 }).toBe(true);
    const have = swarm.torrent.have();
    const behind = Array.from({ length: 100 }, (_, at) => 300 + at).filter((piece) => have.has(piece));
    expect(behind.length).toBeGreaterThan(20);
  },
);
