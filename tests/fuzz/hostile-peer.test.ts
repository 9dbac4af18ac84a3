import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wireInfoHashes } from '@shoal/protocol';
import { afterEach, expect, it } from 'vitest';
import { HostilePeers } from './hostile-peer.ts';
import { LocalSwarm } from './local-swarm.ts';
import { recordedStreams } from './targets/wire.ts';

const MIB = 1024 * 1024;
const SIZE = 24 * MIB;
/** Where the recorded exchanges were of 32 KiB pieces, so that their indexes and offsets mean something here too. */
const PIECE_LENGTH = 32 * 1024;
/** The rest of the download waits until so many hostile connections have come. */
const ATTACKS = 150;
const ATTACKERS = 6;

/** What the process may grow by, beside the buffers of pieces: far less than what was sent to it. */

let undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.reverse()) await step();
  undo = [];
});

it.each(['v1', 'v2', 'hybrid'] as const)(
  'a %s torrent is fetched from an honest seeder while others send mutated recordings',
  async (format) => {
    const scratch = await mkdtemp(join(tmpdir(), 'shoal-hostile-'));
    undo.push(() => rm(scratch, { recursive: true, force: true }));
    const source = join(scratch, 'tree');
    await mkdir(source);
    const content = Buffer.alloc(SIZE, 'shoal');
    await writeFile(join(source, 'a'), content);
    const swarm = await LocalSwarm.create(source, { format, pieceLength: PIECE_LENGTH });
    undo.push(() => swarm.dispose());
    const agent = await swarm.start();
    const seeder = await swarm.start({ complete: true });
    const [infoHash] = wireInfoHashes(swarm.metainfo);
    const hostile = new HostilePeers({
      infoHash: infoHash!,
      corpus: [...recordedStreams().values()],
      seed: 1,
    });
    undo.push(() => hostile.close());
    const handles = () =>
      process.getActiveResourcesInfo().filter((name) => /TCPSocketWrap/.test(name)).length;
    const before = { rss: process.memoryUsage.rss(), handles: handles() };

    agent.torrent.addPeers([{ host: '127.0.0.1', port: await hostile.listen() }]);
    const attackers = Array.from({ length: ATTACKERS }, async (_, index) => {
      const target = index % 2 === 0 ? agent : seeder;
      while (hostile.connections < ATTACKS) await hostile.attack(target.session.address.port);
    });
    // The honest one comes when half of the attacks are over: what they have left behind is in its way.
    await expect.poll(() => hostile.connections, { timeout: 20_000 }).toBeGreaterThan(ATTACKS / 2);
    agent.torrent.addPeers([seeder.session.address]);
    await agent.torrent.whenComplete({ noProgressMs: 20_000 });
    await Promise.all(attackers);

    expect((await readFile(join(agent.root, 'a'))).equals(content)).toBe(true);
    // An agent that joins now is served by both: neither was taken in.
    const late = await swarm.start();
    late.torrent.addPeers([agent.session.address, seeder.session.address]);
    await late.torrent.whenComplete({ noProgressMs: 20_000 });
    await swarm.closeSessions();
    await expect.poll(handles, { timeout: 5_000 }).toBeLessThanOrEqual(before.handles);
  },
);
