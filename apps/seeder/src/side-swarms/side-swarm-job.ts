import type { ClaimSwarmResponse, SwarmKey } from '@shoal/contracts';
import { type DigestHex, digestHex } from '@shoal/fleet';
import type { Entries, SwarmProfile } from '@shoal/protocol';
import { SideSwarmError } from '../errors.ts';
import { ManifestReader } from '../ingest/manifest-reader.ts';
import { readProfile } from '../ingest/read-profile.ts';

/** A side swarm that this seeder is to make. */
export interface SideSwarmJob {
  /** As the catalog named it: goes back with the report. */
  readonly key: SwarmKey;
  readonly profile: SwarmProfile;
  readonly contentDigest: DigestHex;
  /** With every root. */
  readonly entries: Entries;
}

/**
 * Reads what the catalog answers to ClaimSwarm; undefined when there is nothing to make.
 * @throws SideSwarmError SHOAL_SIDE_SWARM_ANSWER_INVALID; ManifestError
 */
export async function readJob(
  messages: AsyncIterable<ClaimSwarmResponse>,
): Promise<SideSwarmJob | undefined> {
  let key: SwarmKey | undefined;
  const manifest = new ManifestReader();
  for await (const { part } of messages) {
    if (part?.$case === 'swarm' && key === undefined) key = part.value;
    else if (part?.$case === 'manifest' && key !== undefined) manifest.add(part.value);
    else throw invalid('its parts are out of order');
  }
  if (key === undefined) return undefined;
  const profile = readProfile(key.profile);
  if (profile === undefined) throw invalid('it names no profile that this seeder can make');
  return { key, profile, contentDigest: digestHex(key.contentDigest), entries: manifest.finish() };
}

function invalid(what: string): SideSwarmError {
  return new SideSwarmError(
    'SHOAL_SIDE_SWARM_ANSWER_INVALID',
    `the catalog's answer cannot be used: ${what}`,
  );
}
