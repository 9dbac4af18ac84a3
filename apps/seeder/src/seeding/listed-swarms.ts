import type { Seeding } from '@shoal/contracts';
import { type DigestHex, digestHex, type SwarmKey, type SwarmRecord } from '@shoal/fleet';

/** What the catalog listed for a seeder in one go. */
export class ListedSwarms {
  readonly #keys = new Set<SwarmKey>();
  readonly #artifacts = new Set<string>();

  add({ namespace, name, contentDigest }: Seeding, key: SwarmKey): void {
    this.#keys.add(key);
    this.#artifacts.add(artifactOf(namespace, name, digestHex(contentDigest)));
  }

  /**
   * Whether a swarm is not listed while its artifact is, with another swarm: it was removed. A list without the artifact says
   * nothing: the catalog's database may be a restored or an empty one, and what is stored here must not be lost with it.
   */
  lacksOnlySwarm({ namespace, name, contentDigest, key }: SwarmRecord): boolean {
    return !this.#keys.has(key) && this.#artifacts.has(artifactOf(namespace, name, contentDigest));
  }
}

function artifactOf(namespace: string, name: string, contentDigest: DigestHex): string {
  return `${namespace}/${name}/${contentDigest}`;
}
