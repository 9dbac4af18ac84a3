import { MemberRole, type AnnounceHello } from '@shoal/contracts';
import { formatIpAddress, parseIpAddress } from '@shoal/protocol';
import { parseEndpoint } from '@shoal/service';
import { TrackerError } from '../tracker-error.ts';

/** A member as its hello describes it. */
export interface Member {
  readonly hostId: string;
  readonly role: MemberRole;
  readonly zone: string;
  readonly rack: string;
  readonly peerId: Uint8Array;
  /** 4 or 16 bytes, and the same as text. */
  readonly address: Uint8Array;
  readonly host: string;
  readonly port: number;
}

/** As fleet.proto says. */
const HOST_ID = /^[a-z0-9.-]{1,128}$/;
/** Longest name of a zone or a rack, in characters: as labels. */
const MAX_PLACE_LENGTH = 63;
const PEER_ID_LENGTH = 20;
const ROLES: readonly MemberRole[] = [MemberRole.MEMBER_ROLE_AGENT, MemberRole.MEMBER_ROLE_SEEDER];

/**
 * Checks a hello.
 * @param seenAt the peer of the connection, as gRPC names it: `192.0.2.1:4711`, `[2001:db8::1]:4711`
 * @throws TrackerError SHOAL_TRACKER_REQUEST_INVALID
 */
export function readHello(hello: AnnounceHello, seenAt: string): Member {
  const { hostId, role, zone, rack, peerId, port } = hello;
  require(HOST_ID.test(hostId), 'host_id is not 1 to 128 characters of a-z, 0-9, "." and "-"');
  require(ROLES.includes(role), 'role is neither agent nor seeder');
  require(zone.length <= MAX_PLACE_LENGTH, `zone has more than ${MAX_PLACE_LENGTH} characters`);
  require(rack.length <= MAX_PLACE_LENGTH, `rack has more than ${MAX_PLACE_LENGTH} characters`);
  require(peerId.length ===
    PEER_ID_LENGTH, `peer_id has ${peerId.length} bytes instead of ${PEER_ID_LENGTH}`);
  require(port >= 1 && port <= 65_535, `port ${port} is not within 1 and 65535`);
  const address = hello.address.length === 0 ? addressOf(seenAt) : hello.address;
  require(address?.length === 4 || address?.length === 16, 'address has neither 4 nor 16 bytes');
  return { hostId, role, zone, rack, peerId, port, address, host: formatIpAddress(address) };
}

function addressOf(seenAt: string): Uint8Array | undefined {
  const endpoint = parseEndpoint(seenAt);
  return endpoint === undefined || 'path' in endpoint ? undefined : parseIpAddress(endpoint.host);
}

function require(holds: boolean, message: string): asserts holds {
  if (!holds) throw new TrackerError('SHOAL_TRACKER_REQUEST_INVALID', message);
}
