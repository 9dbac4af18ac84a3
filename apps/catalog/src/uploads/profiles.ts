import type { SwarmProfile as ProfileMessage } from '@shoal/contracts';
import type { SwarmProfileColumns } from '@shoal/database';
import { chooseProfile, type Entries, type MetainfoFormat, type SwarmProfile } from '@shoal/protocol';
import { formatMessage } from '../requests/formats.ts';

/** The profile of a new upload's swarm: private, so that no peer comes but through our trackers; its own per namespace. */
export function assignProfile(
  entries: Entries,
  namespace: string,
  format: MetainfoFormat | undefined,
): SwarmProfile {
  return chooseProfile(entries, {
    private: true,
    source: namespace,
    ...(format === undefined ? {} : { format }),
  });
}

/** A profile as the database keeps it. */
export function profileColumns(profile: SwarmProfile): SwarmProfileColumns {
  const { version, format, pieceLength, source = '' } = profile;
  return { profileVersion: version, format, pieceLength, private: profile.private, source };
}

/** The profile of a row. */
export function profileOf(columns: Readonly<SwarmProfileColumns>): SwarmProfile {
  const { format, pieceLength, source } = columns;
  return { version: 1, format, pieceLength, private: columns.private, ...(source === '' ? {} : { source }) };
}

/** A profile as it travels. */
export function profileMessage(columns: Readonly<SwarmProfileColumns>): ProfileMessage {
  const { profileVersion, format, pieceLength, source } = columns;
  return {
    version: profileVersion,
    format: formatMessage(format),
    pieceLength,
    private: columns.private,
    source,
  };
}
