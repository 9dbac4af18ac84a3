import { formatIpAddress, parseIpAddress } from '@shoal/protocol';
import { isLoopback } from '../loopback.ts';

/**
 * Whether an address that one host tells another can be of use there: no group or placeholder, none that needs an interface
 * to be told with it, and a loopback address between ends of one host alone, so that strangers cannot make us dial ourselves.
 * @param host what is told @param other address of whoever tells it, or is told
 */
export function isSharedAddress(host: string, other: string): boolean {
  const bytes = parseIpAddress(host);
  if (bytes === undefined) return false;
  // IPv4 addresses may come as IPv6 ones.
  if (isLoopback(formatIpAddress(bytes))) return isLoopback(other);
  const [first = 0, second = 0] = bytes;
  // IPv4: "this network", and groups and reserved ones from 224 on (RFC 6890).
  if (bytes.length === 4) return first !== 0 && first < 224;
  // IPv6: unspecified, groups, link-local (RFC 4291).
  const isLinkLocal = first === 0xfe && (second & 0xc0) === 0x80;
  return !isLinkLocal && first !== 0xff && bytes.some((byte) => byte !== 0);
}
