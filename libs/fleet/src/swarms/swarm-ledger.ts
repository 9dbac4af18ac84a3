import { LedgerFile, type LedgerState } from '@shoal/session';
import { infoHashOf, type SwarmKey } from './swarm-record.ts';
import type { SwarmMembers } from './swarm-members.ts';
import type { SwarmRecords } from './swarm-records.ts';

/** The books of a swarm over all the time that this host has had it, whether it is in the swarm now or not. */
export async function lifetimeOf(
  components: { readonly members: SwarmMembers; readonly records: SwarmRecords },
  key: SwarmKey,
): Promise<LedgerState> {
  const { members, records } = components;
  const member = members.get(key);
  return (
    (await member?.torrent.lifetime()) ?? new LedgerFile(records.ledgerPath(key), infoHashOf(key)).read()
  );
}
