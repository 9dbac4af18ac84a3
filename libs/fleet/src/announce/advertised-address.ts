import { ShoalError, Status } from '@shoal/contracts';
import { parseIpAddress } from '@shoal/protocol';
import { parseEndpoint } from '@shoal/service';

/** Where peers reach a host that they cannot reach where it listens. */
export interface AdvertisedAddress {
  /** 4 or 16 bytes. */
  readonly address: Uint8Array;
  /** `undefined`: the port listened on. */
  readonly port: number | undefined;
}

/** First bytes of addresses that no single host has: "this network", and multicast of IPv4 and IPv6. */
const THIS_NETWORK = 0;
const MULTICAST_V4 = 224;
const MULTICAST_V6 = 0xff;

/**
 * Reads `192.0.2.1`, `192.0.2.1:7431`, `2001:db8::1` or `[2001:db8::1]:7431`.
 * @throws ShoalError SHOAL_FLEET_ADVERTISE_ADDRESS for anything else: names, since trackers hand out addresses; addresses
 * that no host has; port 0
 */
export function parseAdvertisedAddress(text: string): AdvertisedAddress {
  const alone = parseIpAddress(text.replace(/^\[(.*)\]$/, '$1'));
  const { address, port } = alone === undefined ? withPort(text) : { address: alone, port: undefined };
  if (address === undefined || !isOfOneHost(address) || port === 0) throw invalid(text);
  return { address, port };
}

function withPort(text: string): {
  readonly address: Uint8Array | undefined;
  readonly port: number | undefined;
} {
  const endpoint = parseEndpoint(text);
  if (endpoint === undefined || 'path' in endpoint) return { address: undefined, port: undefined };
  return { address: parseIpAddress(endpoint.host), port: endpoint.port };
}

function isOfOneHost(address: Uint8Array): boolean {
  const [first = 0] = address;
  if (address.length === 4) return first !== THIS_NETWORK && first < MULTICAST_V4;
  return first !== MULTICAST_V6 && address.some((byte) => byte !== 0);
}

function invalid(text: string): ShoalError {
  return new ShoalError({
    code: 'SHOAL_FLEET_ADVERTISE_ADDRESS',
    status: Status.INVALID_ARGUMENT,
    message: `"${text}" is no address that peers could connect to`,
    remedy:
      'Give --advertise-address an IPv4 or IPv6 address of this host, with a port if it is not that of --peer-listen.',
  });
}
