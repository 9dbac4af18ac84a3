// membership
export { defaultHostId } from './membership/host-id.ts';
export { createMemberService } from './membership/member-service.ts';
export {
  createMembership,
  type Membership,
  type MembershipComponents,
  type MembershipInit,
} from './membership/membership.ts';

// the manifest in messages
export { decodeManifest, encodeManifest, entriesOf, manifestChunks } from './manifest/manifest-messages.ts';

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
  swarmKey,
  swarmKeyOf,
  type SwarmRecord,
} from './swarms/swarm-record.ts';
export { lifetimeOf } from './swarms/swarm-ledger.ts';
export { openSwarmRecords, type SwarmRecords } from './swarms/swarm-records.ts';

// scrub
export {
  createScrubber,
  type Scrubber,
  type ScrubberComponents,
  type ScrubberInit,
  type TreeAtRest,
  type TreesAtRest,
} from './scrub/scrubber.ts';
export { scrubberInit, scrubOptions } from './scrub/scrub-options.ts';
export type { RepairedContent, RepairFilesInit } from './scrub/repair-content.ts';
export { findScrubbed, scrubArtifacts } from './scrub/scrub-artifacts.ts';

// files that outlive a crash
export { freeBytes } from './files/free-bytes.ts';
export { createStateFile, type StateFile } from './files/state-file.ts';

// background loops, and work that is watched
export { followProgress } from './follow-progress.ts';
export { jittered, pause, type UnitRandom } from './pause.ts';
export type { AnnouncedSwarm, Announcement, Announcer, MemberStatus } from './swarms/announcer.ts';
export type { SwarmContent } from './swarms/swarm-content.ts';
export type { SwarmMember } from './swarms/swarm-member.ts';
export {
  createSwarmMembers,
  type SwarmMembers,
  type SwarmMembersComponents,
} from './swarms/swarm-members.ts';

// encryption of stock clients
export { encryptionOption } from './encryption-option.ts';

// rate limits
export { peerLimitOptions, type PeerLimits } from './peer-limits.ts';

// all of it together
export {
  startSwarmHost,
  type SwarmHost,
  type SwarmHostComponents,
  type SwarmHostInit,
  type ReachableAddress,
} from './swarm-host.ts';

// files over HTTP while they are fetched
export type { ContentReader, StreamedContent } from './stream/streamed-content.ts';
export { createStreamMetrics, type StreamMetrics } from './stream/stream-metrics.ts';
export {
  startStreamServer,
  type StreamServer,
  type StreamServerComponents,
  type StreamServerInit,
} from './stream/stream-server.ts';
export { openTreeReader } from './stream/tree-reader.ts';

// announcing
export {
  type AnnounceClient,
  type AnnounceClientComponents,
  type AnnounceClientInit,
  createAnnounceClient,
} from './announce/announce-client.ts';
