import {
  digestBytes,
  type DigestHex,
  fetchSwarm,
  type FetchSwarmComponents,
  type SwarmRecord,
  type SwarmRecords,
} from '@shoal/fleet';
import type { Clock } from '@shoal/service';
import type { HostIdentity } from '../report/host-reports.ts';

/** An artifact that is wanted. */
export interface WantedArtifact {
  readonly name: string;
  /** Empty: the version published last. */
  readonly version: string;
  /** The content it must have, where that is known. */
  readonly contentDigest?: DigestHex;
}

/** Finds the swarm of an artifact. */
export interface SwarmResolver {
  /**
   * From what this host has, else from the catalog; then it is kept.
   * @throws what `fetchSwarm` raises
   */
  resolve(wanted: WantedArtifact, signal: AbortSignal): Promise<SwarmRecord>;
}

export interface SwarmResolverComponents extends FetchSwarmComponents {
  readonly records: SwarmRecords;
  readonly clock: Clock;
}

/** Makes a resolver that starts with the records of earlier runs. */
export function createSwarmResolver(components: SwarmResolverComponents, host: HostIdentity): SwarmResolver {
  const { records, clock } = components;

  async function kept(wanted: WantedArtifact): Promise<SwarmRecord | undefined> {
    const usable = (await records.list()).filter((record) => matches(record, wanted));
    return usable.find(({ grantExpiresAt }) => grantExpiresAt > clock.now());
  }

  return {
    async resolve(wanted, signal) {
      const known = await kept(wanted);
      if (known !== undefined && known.version === wanted.version) return known;
      if (known !== undefined && wanted.version !== '') {
        const renamed = { ...known, version: wanted.version };
        await records.update(renamed);
        return renamed;
      }
      const { name, version, contentDigest } = wanted;
      const query = {
        ...host,
        name,
        version,
        ...(contentDigest !== undefined && { contentDigest: digestBytes(contentDigest) }),
      };
      const { record, metainfoBytes } = await fetchSwarm(components, query, signal);
      const named = version === '' ? record : { ...record, version };
      await records.save(named, metainfoBytes);
      return named;
    },
  };
}

/** Versions never change their content; the one published last may be another by now. */
function matches(record: SwarmRecord, { name, version, contentDigest }: WantedArtifact): boolean {
  if (record.name !== name) return false;
  if (contentDigest !== undefined) return record.contentDigest === contentDigest;
  return version !== '' && record.version === version;
}
