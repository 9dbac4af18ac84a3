import { encodeManifest } from '@shoal/fleet';
import type { ManifestEntry } from '@shoal/protocol';

/** Whether two manifests say the same, root for root. */
export function sameManifest(a: readonly ManifestEntry[], b: readonly ManifestEntry[]): boolean {
  return Buffer.compare(encodeManifest(a), encodeManifest(b)) === 0;
}
