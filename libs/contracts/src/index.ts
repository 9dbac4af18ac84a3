// The contracts as the code uses them. Generated files are not imported from anywhere else.
export { BinaryReader } from '@bufbuild/protobuf/wire';
export { ScrubOutcome, ScrubProgress } from './gen/shoal/common/v1/scrub.ts';
export { Software } from './gen/shoal/common/v1/software.ts';
export {
  ManifestChunk,
  ManifestEntry,
  RegularFile,
  SwarmFormat,
  SwarmProfile,
  Symlink,
} from './gen/shoal/catalog/v1/manifest.ts';
export {
  Artifact,
  ArtifactServiceDefinition,
  GetArtifactRequest,
  GetArtifactResponse,
  GetMetainfoRequest,
  GetMetainfoResponse,
  ListArtifactsRequest,
  ListArtifactsResponse,
  Swarm,
} from './gen/shoal/catalog/v1/artifact.ts';
export type {
  ArtifactServiceClient,
  ArtifactServiceImplementation,
} from './gen/shoal/catalog/v1/artifact.ts';
export {
  CompleteUploadHeader,
  CompleteUploadRequest,
  CompleteUploadResponse,
  CreateUploadRequest,
  CreateUploadResponse,
  GetUploadRequest,
  GetUploadResponse,
  RelayUploadOpen,
  RelayUploadRequest,
  RelayUploadResponse,
  Upload,
  UploadHeader,
  UploadServiceDefinition,
  UploadState,
} from './gen/shoal/catalog/v1/upload.ts';
export type { UploadServiceClient, UploadServiceImplementation } from './gen/shoal/catalog/v1/upload.ts';
export {
  ArtifactSwarm,
  ClaimSwarmRequest,
  ClaimSwarmResponse,
  CompleteSwarmHeader,
  CompleteSwarmRequest,
  CompleteSwarmResponse,
  CreateSwarmRequest,
  CreateSwarmResponse,
  DeleteSwarmRequest,
  DeleteSwarmResponse,
  ExportTorrentRequest,
  ExportTorrentResponse,
  ListSwarmsRequest,
  ListSwarmsResponse,
  SwarmKey,
  SwarmServiceDefinition,
  SwarmState,
  WantedSwarm,
} from './gen/shoal/catalog/v1/swarm.ts';
export type { SwarmServiceClient, SwarmServiceImplementation } from './gen/shoal/catalog/v1/swarm.ts';
export {
  OpenUploadHeader,
  OpenUploadRequest,
  OpenUploadResponse,
  RefreshRequest,
  RefreshResponse,
  SeederServiceDefinition,
  UploadOpen,
  TransferInvitation,
  TransferOpen,
  TransferRequest,
  TransferResponse,
  UploadRequest,
  UploadResponse,
  UploadTicket,
} from './gen/shoal/seeder/v1/seeder.ts';
export type { SeederServiceClient, SeederServiceImplementation } from './gen/shoal/seeder/v1/seeder.ts';
export {
  CreateRolloutRequest,
  CreateRolloutResponse,
  GetRolloutRequest,
  GetRolloutResponse,
  ListRolloutsRequest,
  ListRolloutsResponse,
  Rollout,
  RolloutServiceDefinition,
  RolloutState,
  RolloutTarget,
  TargetState,
  TransferReport,
  WatchRolloutRequest,
  WatchRolloutResponse,
} from './gen/shoal/rollout/v1/rollout.ts';
export type { RolloutServiceClient, RolloutServiceImplementation } from './gen/shoal/rollout/v1/rollout.ts';
export {
  AppliedDirective,
  ArtifactVersion,
  DamagedArtifact,
  Directive,
  DirectivePhase,
  FleetServiceDefinition,
  GetDirectiveRequest,
  GetDirectiveResponse,
  GetSwarmRequest,
  GetSwarmResponse,
  HelloRequest,
  HelloResponse,
  Host,
  HostDirectives,
  HostReport,
  ListHostsRequest,
  ListHostsResponse,
  ListSeedingsRequest,
  ListSeedingsResponse,
  MemberRole,
  RenewGrantRequest,
  RenewGrantResponse,
  ReportRequest,
  ReportResponse,
  ScrubReport,
  Seeding,
  SwarmDescription,
} from './gen/shoal/fleet/v1/fleet.ts';
export type { FleetServiceClient, FleetServiceImplementation } from './gen/shoal/fleet/v1/fleet.ts';
export {
  AnnounceHello,
  AnnounceRequest,
  AnnounceResponse,
  AnnounceWelcome,
  Grant,
  SwarmJoin,
  SwarmPeers,
  SwarmRefusal,
  SwarmUpdate,
  TrackerPeer,
  TrackerServiceDefinition,
} from './gen/shoal/tracker/v1/tracker.ts';
export type { TrackerServiceClient, TrackerServiceImplementation } from './gen/shoal/tracker/v1/tracker.ts';
export {
  AgentServiceDefinition,
  FetchDone,
  FetchRequest,
  FetchResponse,
  HeldArtifact,
  HeldPart,
  ListRequest,
  ListResponse,
  RemovePartsRequest,
  ScrubRequest,
  ScrubResponse,
  StatusRequest,
  StatusResponse,
  Traffic,
} from './gen/shoal/agent/v1/agent.ts';
export type { AgentServiceClient, AgentServiceImplementation } from './gen/shoal/agent/v1/agent.ts';
export {
  HealthCheckRequest,
  HealthCheckResponse,
  HealthCheckResponse_ServingStatus,
  HealthDefinition,
} from './gen/grpc/health/v1/health.ts';
export type { DeepPartial } from './gen/shoal/common/v1/software.ts';
export { Status } from 'nice-grpc-common';
export {
  artifactJson,
  type ArtifactJson,
  hostJson,
  type HostJson,
  rolloutJson,
  type RolloutJson,
  targetJson,
  type TargetJson,
  transferJson,
} from './json/messages-as-json.ts';
export {
  heldTrafficJson,
  trafficJson,
  type HeldTrafficJson,
  type TrafficJson,
} from './json/traffic-as-json.ts';
export { swarmJson, type SwarmJson } from './json/swarm-as-json.ts';
export { formatWord, roleWord, rolloutWord, swarmStateWord, targetWord } from './json/words.ts';
export { errorClassOf } from './error-class.ts';
export { ShoalError, type ShoalErrorInit } from './shoal-error.ts';
