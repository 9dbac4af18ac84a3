import { FleetServiceDefinition, MemberRole, ShoalError, Status } from '@shoal/contracts';
import {
  assertSafeBinding,
  type Clock,
  createGrpcChannel,
  formatEndpoint,
  type GrpcChannel,
  type GrpcClient,
  type HostPort,
  type Logger,
  parseEndpoint,
  software,
  type Telemetry,
  type Tls,
} from '@shoal/service';
import {
  type Accounts,
  createHashPool,
  createSession,
  type DirectoryStoreComponents,
  type EncryptionPolicy,
  LocalDiscoveryError,
  type Session,
  OpenFiles,
  SpanCache,
} from '@shoal/session';
import { type AdvertisedAddress, parseAdvertisedAddress } from './announce/advertised-address.ts';
import { createAnnounceClient } from './announce/announce-client.ts';
import { type PeerLimits, sessionLimits } from './peer-limits.ts';
import type { UnitRandom } from './pause.ts';
import { exportEncryption } from './encryption-metrics.ts';
import { exportTraffic } from './traffic-metrics.ts';
import { createSwarmMembers, type SwarmMembers } from './swarms/swarm-members.ts';
import type { SwarmRecord } from './swarms/swarm-record.ts';
import { openSwarmRecords, type SwarmRecords } from './swarms/swarm-records.ts';

/** Collaborators of a {@link SwarmHost}. */
export interface SwarmHostComponents {
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly random: UnitRandom;
  /** Hashing threads and read cache, where several hosts share a process; made unless given. */
  readonly store?: DirectoryStoreComponents | undefined;
}

export interface SwarmHostInit extends PeerLimits {
  readonly role: 'agent' | 'seeder';
  readonly hostId: string;
  readonly zone: string;
  readonly rack: string;
  /** host:port that peers connect to. */
  readonly peerListen: string;
  /** Where peers reach this host instead: an address, or address:port. */
  readonly advertiseAddress: string | undefined;
  readonly maxConnections: number;
  readonly maxPeersPerTorrent: number;
  readonly encryption: EncryptionPolicy;
  /** Whether public swarms are announced in the local network (BEP 14), and peers taken from there. @default false */
  readonly localDiscovery?: boolean;
  /** Certificates, PEM, of authorities that web seeds may be signed by. @default none */
  readonly originAuthorities?: readonly string[];
  /** Event loops that connections are spread over. @default 1 */
  readonly loops?: number;
  /** The catalog's gRPC endpoint. */
  readonly catalog: string;
  readonly tls: Tls | undefined;
  /** Allows listening off loopback without TLS. */
  readonly insecure: boolean;
  /** Directory of swarm records. */
  readonly meta: string;
  /** Called when others say that this host sent them bad bytes in a swarm; any number of times. */
  readonly onReported: (record: SwarmRecord) => void;
}

/** What agents and seeders have in common: a BitTorrent session, the swarms they are in, a channel to the catalog. */
export interface SwarmHost {
  readonly catalog: GrpcChannel;
  readonly fleet: GrpcClient<FleetServiceDefinition>;
  readonly members: SwarmMembers;
  readonly records: SwarmRecords;
  readonly store: DirectoryStoreComponents;
  readonly session: Session;
  /** host:port that peers connect to, the port as bound. */
  readonly peers: string;
  /** What was received and sent since the host began. */
  accounts(): Accounts;
  /** What peers are told to connect to. */
  readonly reachable: ReachableAddress;
  /** Whether a tracker is connected. */
  trackerReachable(): boolean;
}

/** Where peers reach a host. */
export interface ReachableAddress {
  /** 4 or 16 bytes; absent: where the host is seen to come from. */
  readonly address?: Uint8Array;
  readonly port: number;
}

/**
 * Starts them; `stack` stops them in reverse.
 * @throws ShoalError SHOAL_SERVICE_INSECURE_BINDING, SHOAL_SERVICE_LISTEN_FAILED or SHOAL_FLEET_ADVERTISE_ADDRESS;
 * LocalDiscoveryError
 */
export async function startSwarmHost(
  components: SwarmHostComponents,
  init: SwarmHostInit,
  stack: AsyncDisposableStack,
): Promise<SwarmHost> {
  const { catalog: endpoint, tls, advertiseAddress } = init;
  const advertised = advertiseAddress === undefined ? undefined : parseAdvertisedAddress(advertiseAddress);
  const store = components.store ?? ownStore(stack);
  const catalog = createGrpcChannel(components, { endpoint, tls });
  stack.defer(() => catalog.close());
  const fleet = catalog.client(FleetServiceDefinition);
  const records = await openSwarmRecords(init.meta);
  const session = await listenForPeers(components, init);
  stack.defer(() => session.close());
  exportTraffic(components.telemetry, () => session.accounts());
  exportEncryption(components.telemetry, () => session.encryptedHandshakes());
  const reachable = reachableAt(session, advertised);
  const hello = announceHello(init, session, reachable);
  const announcer = createAnnounceClient(components, { tls, hello: () => hello });
  stack.defer(() => announcer.close());
  const { onReported } = init;
  const members = createSwarmMembers({ ...components, session, announcer, records, fleet, onReported }, init);
  stack.defer(() => members.stop());
  members.start();
  const peers = formatEndpoint(session.address);
  const accounts = () => session.accounts();
  const trackerReachable = () => announcer.connected;
  return {
    catalog,
    fleet,
    members,
    records,
    store,
    session,
    peers,
    reachable,
    accounts,
    trackerReachable,
  };
}

function ownStore(stack: AsyncDisposableStack): DirectoryStoreComponents {
  const pool = createHashPool();
  pool.startThreads();
  stack.defer(() => pool.close());
  return { pool, cache: new SpanCache(), files: new OpenFiles() };
}

async function listenForPeers({ logger }: SwarmHostComponents, init: SwarmHostInit): Promise<Session> {
  const { peerListen, role, zone, rack, encryption, loops = 1, tls, insecure } = init;
  const { maxConnections, maxPeersPerTorrent, localDiscovery = false } = init;
  const { host, port } = hostPort(peerListen);
  assertSafeBinding({ host, port }, tls, { insecure, logger });
  const clientVersion = software().version;
  try {
    return await createSession(
      { logger },
      {
        host,
        port,
        peerClass: role,
        location: { zone, rack },
        clientVersion,
        maxConnections,
        maxPeersPerTorrent,
        encryption,
        localDiscovery,
        loops,
        ...(init.originAuthorities && { originAuthorities: init.originAuthorities }),
        limits: sessionLimits(init),
      },
    );
  } catch (error) {
    throw error instanceof LocalDiscoveryError ? error : listenFailed(peerListen, error);
  }
}

function reachableAt(session: Session, advertised: AdvertisedAddress | undefined): ReachableAddress {
  const { port } = session.address;
  return { port: advertised?.port ?? port, ...(advertised && { address: advertised.address }) };
}

function announceHello(
  { role, hostId, zone, rack }: SwarmHostInit,
  { peerId }: Session,
  reachable: ReachableAddress,
) {
  const { MEMBER_ROLE_AGENT, MEMBER_ROLE_SEEDER } = MemberRole;
  const memberRole = role === 'agent' ? MEMBER_ROLE_AGENT : MEMBER_ROLE_SEEDER;
  return { hostId, role: memberRole, zone, rack, peerId, ...reachable, software: software() };
}

function hostPort(text: string): HostPort {
  const endpoint = parseEndpoint(text);
  if (endpoint === undefined || 'path' in endpoint) throw listenFailed(text, 'not host:port');
  return endpoint;
}

function listenFailed(listen: string, cause: unknown): ShoalError {
  return new ShoalError({
    code: 'SHOAL_SERVICE_LISTEN_FAILED',
    status: Status.FAILED_PRECONDITION,
    message: `cannot listen for peers on ${listen}: ${cause instanceof Error ? cause.message : String(cause)}`,
    remedy: 'Choose a free address of this machine with --peer-listen; port 0 takes any free port.',
    cause,
  });
}
