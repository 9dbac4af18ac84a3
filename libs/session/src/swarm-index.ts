import { infoHashHex, torrentMark, type WireInfoHash } from '@shoal/protocol';
import type { JoinedSwarm } from './torrent/joined-swarm.ts';

/** The swarms of a session by what peers call them: an info-hash, or the mark that stands for one in an MSE handshake. */
export class SwarmIndex {
  /** By each of their wire hashes, in hex. */
  readonly #byHash = new Map<string, JoinedSwarm>();
  /** Made with the first mark that is looked for: most sessions never meet a peer that demands encryption. */
  #byMark: Map<string, WireInfoHash> | undefined;

  add(swarm: JoinedSwarm): void {
    for (const hash of swarm.wireHashes) {
      this.#byHash.set(infoHashHex(hash), swarm);
      this.#byMark?.set(markKey(hash), hash);
    }
  }

  delete(swarm: JoinedSwarm): void {
    for (const hash of swarm.wireHashes) {
      this.#byHash.delete(infoHashHex(hash));
      this.#byMark?.delete(markKey(hash));
    }
  }

  get(infoHash: WireInfoHash): JoinedSwarm | undefined {
    return this.#byHash.get(infoHashHex(infoHash));
  }

  /** The info-hash that a mark stands for, if a swarm has it. */
  findByMark(mark: Uint8Array): WireInfoHash | undefined {
    this.#byMark ??= new Map(
      [...new Set(this.#byHash.values())].flatMap(({ wireHashes }) =>
        wireHashes.map((hash) => [markKey(hash), hash] as const),
      ),
    );
    return this.#byMark.get(keyOf(mark));
  }
}

function markKey(infoHash: WireInfoHash): string {
  return keyOf(torrentMark(infoHash));
}

function keyOf(mark: Uint8Array): string {
  return Buffer.from(mark).toString('latin1');
}
