// membership
export {
  createMembership,
  type Membership,
  type MembershipComponents,
  type MembershipInit,
} from './membership/membership.ts';

// swarms
export { FleetError, type FleetErrorCode } from './errors.ts';
export {
  type FetchedSwarm,
  fetchSwarm,
  type FetchSwarmComponents,
  type SwarmQuery,
} from './swarms/fetch-swarm.ts';
export {
  digestBytes,
  type DigestHex,
  digestHex,
  isDigestHex,
  isSwarmKey,
  type SwarmKey,
  swarmKeyOf,
  type SwarmRecord,
} from './swarms/swarm-record.ts';
export { openSwarmRecords, type SwarmRecords } from './swarms/swarm-records.ts';

// files that outlive a crash
export { removeDurably, syncDirectory, writeFileAtomic } from './files/atomic-file.ts';
export { createStateFile, type StateFile } from './files/state-file.ts';

// background loops
export { jittered, pause, type UnitRandom } from './pause.ts';
