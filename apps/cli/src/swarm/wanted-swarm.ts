import { SwarmFormat, type WantedSwarm } from '@shoal/contracts';
import { defineOptions, type OptionValues } from '@shoal/service';
import { parseReference } from '../client/artifact-reference.ts';

const FORMATS = {
  v1: SwarmFormat.SWARM_FORMAT_V1,
  v2: SwarmFormat.SWARM_FORMAT_V2,
  hybrid: SwarmFormat.SWARM_FORMAT_HYBRID,
} as const;

const FORMAT_NAMES = Object.keys(FORMATS) as (keyof typeof FORMATS)[];

/** Options that name one of an artifact's swarms; without any of them it is the main one. */
export const wantedSwarmOptions = defineOptions({
  format: {
    type: 'string',
    choices: FORMAT_NAMES,
    description: 'v1 for old clients. Default: as the artifact was published.',
  },
  pieceLength: {
    type: 'bytes',
    min: 65_536,
    max: 16_777_216,
    description: 'A power of two. Default: as the artifact was published.',
  },
  public: {
    type: 'boolean',
    default: false,
    description:
      'Clients may also find peers by themselves (not private, BEP 27): whoever knows it can fetch it.',
  },
});

/**
 * The swarm that a user names.
 * @throws ShoalError SHOAL_CLI_REFERENCE
 */
export function wantedSwarm(
  namespace: string,
  reference: string,
  options: OptionValues<typeof wantedSwarmOptions>,
): WantedSwarm {
  const { format, pieceLength = 0 } = options;
  const named = FORMAT_NAMES.find((name) => name === format);
  return {
    namespace,
    ...parseReference(reference),
    format: named === undefined ? SwarmFormat.SWARM_FORMAT_UNSPECIFIED : FORMATS[named],
    pieceLength,
    public: options.public,
  };
}
