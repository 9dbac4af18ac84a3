import { decodeManifest, encodeManifest } from '@shoal/fleet';
import { ManifestError, validateManifest } from '@shoal/protocol';
import { loadCorpus } from '../corpus.ts';
import type { FuzzTarget } from '../engine/fuzz-target.ts';
import { check, unlessRefused } from './refusals.ts';

/** A manifest as it is uploaded and kept: protobuf, whose decoder raises plain errors. */
export function manifestMessagesTarget(): FuzzTarget {
  return {
    name: 'manifest-messages',
    covers: [],
    corpus: [loadCorpus('manifests').get('protobuf')!],
    run(input) {
      let entries;
      try {
        entries = decodeManifest(input);
      } catch (error) {
        // TypeErrors and the like are mistakes of ours, and so is a full stack.
        if (error instanceof TypeError || (error instanceof RangeError && /stack/.test(error.message)))
          throw error;
        return;
      }
      check(entries.length <= input.length, 'more entries than bytes');
      unlessRefused(() => validateManifest(entries), ManifestError);
      const again = decodeManifest(encodeManifest(entries));
      check(JSON.stringify([...again]) === JSON.stringify([...entries]), 'encoded otherwise');
    },
  };
}
