import { wireInfoHash } from '@shoal/protocol';
import { createSeededRandom } from '@shoal/swarm';
import { describe, expect, it } from 'vitest';
import { TorrentPeers } from './torrent-peers.ts';

const address = (port: number) => ({ host: '192.0.2.1', port });
const portsOf = (addresses: readonly { readonly port: number }[]) => addresses.map(({ port }) => port);

function open(): TorrentPeers {
  const environment = {
    random: createSeededRandom(1),
    clock: { now: () => 0 },
    allowsEncryption: false,
    peerId: new Uint8Array(20),
  };
  return new TorrentPeers(environment, { hashes: [wireInfoHash(new Uint8Array(20))], maxPeers: 60 });
}

describe('the peers of a torrent', () => {
  it('are dialled after a restart before whom trackers and peers name, though these were there first', () => {
    const peers = open();
    peers.add([address(1)]);
    peers.add([address(2)], 'pex');
    peers.resume([address(3), address(4)]);
    const dialled = [1, 2, 3, 4, 5].map(() => peers.nextDial(0, 0, () => true)?.address.port);
    expect(dialled).toEqual([3, 4, 1, 2, undefined]);
  });

  it('are kept for a restart when trackers named them or they were useful', () => {
    const peers = open();
    peers.add([address(1)]);
    peers.add([address(2), address(3)], 'pex');
    const connected = [
      { listenAddress: address(1), wasUseful: false },
      { listenAddress: address(2), wasUseful: false },
      { listenAddress: address(3), wasUseful: true },
      { listenAddress: undefined, wasUseful: true },
    ];
    expect(portsOf(peers.good(connected))).toEqual([3, 1]);
  });

  it('are told apart by who named them, each once, until those that were found are forgotten', () => {
    const peers = open();
    peers.add([address(1)]);
    peers.add([address(2)], 'lsd');
    const connected = [
      { listenAddress: address(1), wasUseful: true },
      // It has dialled us.
      { listenAddress: address(3), wasUseful: true },
    ];
    const { named, found } = peers.known(connected);
    expect([portsOf(named), portsOf(found)]).toEqual([[1], [3, 2]]);
    expect([1, 2, 3].map((port) => peers.isFound(address(port)))).toEqual([false, true, false]);
    peers.forgetFound();
    expect(portsOf(peers.known([]).found)).toEqual([]);
  });
});
