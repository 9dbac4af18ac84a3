import { SwarmFormat } from '@shoal/contracts';
import type { MetainfoFormat } from '@shoal/protocol';
import { invalid } from './check-names.ts';

const MESSAGES: Readonly<Record<MetainfoFormat, SwarmFormat>> = {
  v1: SwarmFormat.SWARM_FORMAT_V1,
  v2: SwarmFormat.SWARM_FORMAT_V2,
  hybrid: SwarmFormat.SWARM_FORMAT_HYBRID,
};

/** The format as it travels. */
export function formatMessage(format: MetainfoFormat): SwarmFormat {
  return MESSAGES[format];
}

/**
 * The format a client asked for; undefined when it left the choice to the catalog.
 * @throws CatalogError SHOAL_CATALOG_INVALID_REQUEST for a number that names none
 */
export function requestedFormat(format: SwarmFormat): MetainfoFormat | undefined {
  switch (format) {
    case SwarmFormat.SWARM_FORMAT_UNSPECIFIED:
      return undefined;
    case SwarmFormat.SWARM_FORMAT_V1:
      return 'v1';
    case SwarmFormat.SWARM_FORMAT_V2:
      return 'v2';
    case SwarmFormat.SWARM_FORMAT_HYBRID:
      return 'hybrid';
    default:
      throw invalid('format', `${format}, which names no format`);
  }
}
