const IPV4_LENGTH = 4;
const IPV6_LENGTH = 16;
const IPV6_GROUPS = 8;
const DECIMAL_BYTE = /^(?:0|[1-9][0-9]{0,2})$/;
const HEX_GROUP = /^[0-9a-fA-F]{1,4}$/;
const MAX_BYTE = 0xff;
/** First 12 bytes of an IPv4 address written as an IPv6 one (RFC 4291 §2.5.5.2). */
const MAPPED_PREFIX = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff);

/**
 * The 4 or 16 bytes of an IPv4 or IPv6 address in text form, an IPv4-mapped one as IPv4; undefined for anything else,
 * such as a host name or an address with a zone.
 */
export function parseIpAddress(text: string): Uint8Array | undefined {
  const bytes = text.includes(':') ? parseIpv6(text) : parseIpv4(text);
  return bytes?.length === IPV6_LENGTH && MAPPED_PREFIX.every((byte, i) => bytes[i] === byte)
    ? bytes.slice(MAPPED_PREFIX.length)
    : bytes;
}

/**
 * Text form of an address (RFC 5952).
 * @throws RangeError when `bytes` are neither 4 nor 16.
 */
export function formatIpAddress(bytes: Uint8Array): string {
  if (bytes.length === IPV4_LENGTH) return bytes.join('.');
  if (bytes.length !== IPV6_LENGTH) throw new RangeError(`no address has ${String(bytes.length)} bytes`);
  const groups = Array.from({ length: IPV6_GROUPS }, (_, i) => readGroup(bytes, i).toString(16));
  const { start, length } = longestZeroRun(groups);
  if (length < 2) return groups.join(':');
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`;
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  if (parts.length !== IPV4_LENGTH) return undefined;
  if (!parts.every((part) => DECIMAL_BYTE.test(part) && Number(part) <= MAX_BYTE)) return undefined;
  return Uint8Array.from(parts, Number);
}

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? '', halves.length === 1);
  const tail = parseGroups(halves[1] ?? '', true);
  if (head === undefined || tail === undefined) return undefined;
  const missing = IPV6_LENGTH - head.length - tail.length;
  // "::" stands for at least one group.
  if (halves.length === 2 ? missing < 2 : missing !== 0) return undefined;
  const bytes = new Uint8Array(IPV6_LENGTH);
  bytes.set(head);
  bytes.set(tail, IPV6_LENGTH - tail.length);
  return bytes;
}

/** Groups between colons; the last may be an IPv4 address where the text ends there. */
function parseGroups(text: string, endsAddress: boolean): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [i, group] of groups.entries()) {
    const dotted = endsAddress && i === groups.length - 1 ? parseIpv4(group) : undefined;
    if (dotted !== undefined) {
      bytes.push(...dotted);
    } else if (HEX_GROUP.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & MAX_BYTE);
    } else {
      return undefined;
    }
  }
  return bytes.length > IPV6_LENGTH ? undefined : bytes;
}

function readGroup(bytes: Uint8Array, index: number): number {
  return ((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0);
}

function longestZeroRun(groups: readonly string[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start += 1) {
    let end = start;
    while (groups[end] === '0') end += 1;
    if (end - start > best.length) best = { start, length: end - start };
    if (end > start) start = end;
  }
  return best;
}
