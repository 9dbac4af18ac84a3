import type { SwarmKey as KeyMessage } from '@shoal/contracts';
import type { swarms } from '@shoal/database';
import { checkName, checkNamespace, checkText, invalid } from '../requests/check-names.ts';
import { checkDigest } from '../requests/digests.ts';
import { requestedFormat } from '../requests/formats.ts';
import { profileMessage } from '../uploads/profiles.ts';

/** What names a swarm, as it travels. */
export function keyMessage(key: swarms.SwarmKey): KeyMessage {
  const { namespace, name, contentDigest } = key;
  return { namespace, name, contentDigest, profile: profileMessage(key) };
}

/** @throws CatalogError SHOAL_CATALOG_INVALID_REQUEST */
export function readKey(message: KeyMessage | undefined): swarms.SwarmKey {
  if (message?.profile === undefined) throw invalid('swarm', 'empty, or has no profile');
  const { namespace, name, contentDigest, profile } = message;
  checkNamespace(namespace);
  checkName(name);
  checkDigest('swarm.content_digest', contentDigest);
  checkText('swarm.profile.source', profile.source);
  const format = requestedFormat(profile.format);
  if (format === undefined) throw invalid('swarm.profile.format', 'empty');
  const { version: profileVersion, pieceLength, source } = profile;
  return {
    namespace,
    name,
    contentDigest,
    profileVersion,
    format,
    pieceLength,
    private: profile.private,
    source,
  };
}
