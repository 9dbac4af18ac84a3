import { SwarmFormat, type SwarmProfile as ProfileMessage } from '@shoal/contracts';
import { isPieceLengthOfProfile, type MetainfoFormat, type SwarmProfile } from '@shoal/protocol';

const FORMATS: Readonly<Partial<Record<SwarmFormat, MetainfoFormat>>> = {
  [SwarmFormat.SWARM_FORMAT_V1]: 'v1',
  [SwarmFormat.SWARM_FORMAT_V2]: 'v2',
  [SwarmFormat.SWARM_FORMAT_HYBRID]: 'hybrid',
};

/** The profile that the catalog asks for; undefined when this seeder cannot make such a metainfo. */
export function readProfile(message: ProfileMessage | undefined): SwarmProfile | undefined {
  const format = message === undefined ? undefined : FORMATS[message.format];
  if (message?.version !== 1 || format === undefined || !isPieceLengthOfProfile(message.pieceLength))
    return undefined;
  const profile = { version: 1, format, pieceLength: message.pieceLength, private: message.private } as const;
  return message.source === '' ? profile : { ...profile, source: message.source };
}
