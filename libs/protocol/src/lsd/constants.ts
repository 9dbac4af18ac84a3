/** Multicast groups that announces go to (BEP 14): organisation-local for IPv4, site-local for IPv6. */
export const LSD_GROUPS = { ipv4: '239.192.152.143', ipv6: 'ff15::efc0:988f' } as const;

/** UDP port of the groups (BEP 14). */
export const LSD_PORT = 6_771;

/** Longest announce, in bytes (BEP 14: 1,400, so that it is never fragmented). */
export const MAX_LSD_DATAGRAM = 1_400;

/** Most info-hashes of an announce: those that fit, 52 bytes each beside a header of less than 180. */
export const MAX_LSD_HASHES = 23;

/** Longest cookie, in characters; nobody's is as long (libtorrent: 8, Transmission: none). */
export const MAX_LSD_COOKIE = 64;

/** Most lines of an announce: those with info-hashes, and some that others may add. */
export const MAX_LSD_LINES = 40;
