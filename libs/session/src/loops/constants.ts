import { MAX_BOARD_OWNERS } from '@shoal/swarm';

/** Event loops of a session: as many as can share a board. */
export const MAX_LOOPS = MAX_BOARD_OWNERS;

/** Time between two reports of a loop in milliseconds: how old its part of a torrent's figures may be. */
export const REPORT_INTERVAL = 250;

/** A loop that has not reported for so long (milliseconds) hangs, and is replaced. Disks are never waited for by a loop. */
export const REPORT_DEADLINE = 30_000;

/** How long a loop may take to disconnect, in milliseconds; longer than the graceful close of a connection. */
export const CLOSE_DEADLINE = 10_000;

/** Pause before a loop that died is replaced, in milliseconds: one that dies at once must not keep a core busy. */
export const RESTART_PAUSE = 1_000;

/** Hashing threads of a loop, started for hash requests (BEP 52) only: complete torrents are not hashed. */
export const LOOP_HASH_THREADS = 1;
