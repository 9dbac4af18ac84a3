import { encodeManifest } from '@shoal/fleet';
import type { Entries } from '@shoal/protocol';

/** Whether two manifests say the same, root for root. */
export function sameManifest(a: Entries, b: Entries): boolean {
  return Buffer.compare(encodeManifest(a), encodeManifest(b)) === 0;
}
