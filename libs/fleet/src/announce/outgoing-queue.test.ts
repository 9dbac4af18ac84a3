import { systemClock } from '@shoal/service';
import { describe, expect, it } from 'vitest';
import { MAX_REPORTS } from './constants.ts';
import type { JoinedSwarm } from './joined-swarm.ts';
import { OutgoingQueue } from './outgoing-queue.ts';

const swarm: JoinedSwarm = {
  handle: 7,
  infoHash: new Uint8Array(20),
  grant: 'grant',
  shards: ['tracker:1'],
  status: () => ({ left: 5, uploaded: 0, downloaded: 0, numwant: 3 }),
  onPeers: () => undefined,
  onReported: () => undefined,
  refused: false,
};

describe('reports of corrupt peers', () => {
  it('go out with the join or update that waits, or with an update of their own, once', async () => {
    const queue = new OutgoingQueue(systemClock);
    const messages = queue.messages({}, new AbortController().signal);
    const updates = async (): Promise<unknown> => (await messages.next()).value?.updates;
    const id = (fill: number): Uint8Array => new Uint8Array(20).fill(fill);

    queue.join(swarm);
    queue.report(swarm, id(1));
    expect(await updates()).toMatchObject([{ handle: 7, left: 5n, numwant: 0, corruptPeerIds: [id(1)] }]);
    queue.report(swarm, id(2));
    expect(await updates()).toMatchObject([{ handle: 7, corruptPeerIds: [id(2)] }]);
    queue.update(swarm, { left: 0, uploaded: 1, downloaded: 5, numwant: 4 }, '');
    queue.report(swarm, id(3));
    expect(await updates()).toMatchObject([{ left: 0n, numwant: 4, corruptPeerIds: [id(3)] }]);
    for (let count = 0; count <= MAX_REPORTS; count++) queue.report(swarm, id(count));
    const [last] = (await messages.next()).value?.updates ?? [];
    expect(last?.corruptPeerIds).toHaveLength(MAX_REPORTS);
    queue.end();
    expect(await messages.next()).toMatchObject({ done: true });
  });
});
