/** Longest query string of an announce or scrape, in characters: 100 percent-encoded info-hashes take 7,300. */
export const MAX_QUERY_CHARS = 8_192;

/** Most info-hashes in one scrape: what fits in {@link MAX_QUERY_CHARS}. */
export const MAX_SCRAPE_HASHES = 100;

/** Most peers taken from one answer; the rest is dropped. Trackers hand out 50 (BEP 3), some 200. */
export const MAX_RESPONSE_PEERS = 2_000;

/** Largest `numwant` that is an integer of 32 bits; a tracker hands out as many as it sees fit. */
export const MAX_NUMWANT = 0x7f_ff_ff_ff;

/** Longest interval in an answer, in seconds: a week. */
export const MAX_INTERVAL_SECONDS = 7 * 24 * 3_600;

/** Bytes of one peer in the compact forms of BEP 23 and BEP 7: address and port. */
export const COMPACT_IPV4_LENGTH = 6;
export const COMPACT_IPV6_LENGTH = 18;

/** First member of a connect request over UDP (BEP 15). */
export const UDP_PROTOCOL_ID = 0x417_2710_1980n;

/** What a datagram is about (BEP 15). Scrapes (2) are not asked for. */
export const UDP_ACTION = { connect: 0, announce: 1, error: 3 } as const;

/** Bytes of datagrams without the parts that vary (BEP 15). */
export const UDP_CONNECT_LENGTH = 16;
export const UDP_ANNOUNCE_LENGTH = 98;
export const UDP_ANNOUNCE_ANSWER_LENGTH = 20;

/** Option that carries path and query of the announce URL, and the bytes that one of them holds (BEP 41). */
export const UDP_URL_OPTION = 2;
export const MAX_UDP_OPTION_BYTES = 255;
