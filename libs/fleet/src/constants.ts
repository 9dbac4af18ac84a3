/** Milliseconds. */
const SECOND = 1_000;

/** Pause until the next hello when the catalog's answer names none. */
export const DEFAULT_HELLO_INTERVAL_MS = 10 * SECOND;

/** Bounds of the interval a catalog may ask for: neither a flood nor silence. */
export const MIN_HELLO_INTERVAL_MS = 100;
export const MAX_HELLO_INTERVAL_MS = 5 * 60 * SECOND;

/** Pauses between hellos while the catalog does not answer: it is found again within seconds. */
export const HELLO_BACKOFF = { baseMs: 500, maxMs: 15 * SECOND };

/** Largest metainfo taken from a catalog, in bytes: 100,000 files with long names and a million pieces stay below it. */
export const MAX_METAINFO_BYTES = 64 * 1024 * 1024;

/** A metainfo of {@link MAX_METAINFO_BYTES} takes 7 s at 10 MB/s. */
export const GET_SWARM_DEADLINE_MS = 60 * SECOND;

/** How often grants are looked at; a grant lives for hours. */
export const GRANT_CHECK_INTERVAL_MS = 30 * SECOND;

/** Renewals under way at once, so that a seeder of thousands of swarms does not flood the catalog. */
export const GRANT_RENEWALS_AT_ONCE = 8;

/** How often a member that is fetching tells the tracker how it is getting on, and asks for more peers if it has few. */
export const FETCHING_UPDATE_INTERVAL_MS = 1 * SECOND;

/** How often a complete member tells the tracker what it has sent, if it has. */
export const SEEDING_UPDATE_INTERVAL_MS = 30 * SECOND;

/** Peers asked for when joining, by complete members too: hosts that have all the links they want ask for no more. */
export const JOIN_NUMWANT = 50;

/** Below this many connections a member that is fetching asks for more peers. */
export const FEW_PEERS = 8;

/** Peers asked for then. */
export const MORE_NUMWANT = 20;

/** Updates between two requests for more peers: a tracker that had none a moment ago has none now. */
export const UPDATES_BETWEEN_REQUESTS = 5;

/** Entries, and bytes of paths, after which a manifest message is closed: keeps it below 1 MiB (proto: ManifestChunk). */
export const MANIFEST_CHUNK_ENTRIES = 4_000;
export const MANIFEST_CHUNK_PATH_BYTES = 512 * 1024;
