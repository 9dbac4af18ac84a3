/** Which hosts something is said of: seeders are the first ones. */
export type HostSelector = 'all' | 'seeders' | 'leechers' | readonly number[];

/**
 * A swarm to simulate. Sizes in bytes, rates in bytes per second, times in milliseconds of virtual time, shares from 0
 * to 1. Everything is fixed by it: the same scenario gives the same run, byte by byte.
 */
export interface SwarmScenario {
  /** What it is for. */
  readonly description?: string;
  readonly leechers: number;
  /** They have everything from the start. @default 1 */
  readonly seeders?: number;
  /** Of the content. */
  readonly size: number;
  readonly pieceSize: number;
  /**
   * What is asked for at once, at most a piece. Real clients take BLOCK_SIZE; larger ones make runs shorter and
   * coarser. @default BLOCK_SIZE
   */
  readonly blockSize?: number;
  /** Access rate of each host, each way, unless {@link hosts} says otherwise. */
  readonly rate: number;
  /** Whether rates count what is on the wire, or only the payload that fits. @default 'wire' */
  readonly rateOf?: 'wire' | 'payload';
  /** One way, between hosts of one zone. */
  readonly latency: number;
  /** What differs from host to host; later entries win. */
  readonly hosts?: readonly HostOverride[];
  /** Hosts are dealt to them in turn. @default one zone without bounds */
  readonly zones?: readonly Zone[];
  /** One way, between hosts of different zones. @default latency */
  readonly zoneLatency?: number;
  /** @default full mesh */
  readonly graph?: GraphChoice;
  /** By name. @default what the engine does */
  readonly policies?: PolicyNames;
  /** Whether seeders send each piece once before any twice. @default true */
  readonly firstCopies?: boolean;
  /** Peers each host sends to at once. @default what the engine does */
  readonly uploadSlots?: number;
  /** Hosts that leave. */
  readonly churn?: readonly Churn[];
  /** Longest queue in front of a link. @default LINK_BUFFER */
  readonly linkBuffer?: number;
  /** Payload bytes that a connection holds for its peer, out of the engine's hands. @default SEND_BUFFER */
  readonly sendBuffer?: number;
  /** From the last block of a piece to its being verified and written. @default VERIFY_DELAY */
  readonly verifyDelay?: number;
  /** Connections are made within so long. @default CONNECT_WITHIN */
  readonly connectWithin?: number;
  readonly seed: number;
  /** Gives up then. */
  readonly limit: number;
}

/** Hosts that differ. */
export interface HostOverride {
  readonly select: HostSelector;
  /** Only so many of the selected, at random. @default 1 */
  readonly share?: number;
  readonly up?: number;
  readonly down?: number;
}

/** Hosts behind shared links. */
export interface Zone {
  readonly name: string;
  /** Rate of the link to the other zones, that all hosts of the zone share. @default without bound */
  readonly up?: number;
  readonly down?: number;
}

/** Hosts that leave at a moment, or after they sent so much, and perhaps come back. */
export interface Churn {
  readonly select: HostSelector;
  /** Only so many of the selected, at random. @default 1 */
  readonly share?: number;
  readonly at?: number;
  /** They leave at random moments within so long. @default 0 */
  readonly within?: number;
  /** Instead of `at`: payload sent by the host, as a multiple of the content's size. */
  readonly afterSent?: number;
  /** They are back after so long. @default they stay away */
  readonly back?: number;
  /** Whether they have their verified pieces then. @default true */
  readonly keeps?: boolean;
}

/** Who is connected to whom. */
export interface GraphChoice {
  readonly policy: string;
  /** Connections of a host, about. */
  readonly degree?: number;
  /** Of these, those reserved for other zones. */
  readonly longLinks?: number;
}

/** Names in the registry of policies. */
export interface PolicyNames {
  readonly choker?: string;
  readonly seederChoker?: string;
  readonly picker?: string;
}
