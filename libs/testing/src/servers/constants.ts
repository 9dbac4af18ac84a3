const SECOND = 1_000;

/** How long a server may take until it answers, in ms. PostgreSQL on a loaded 2-core machine took up to 6 s. */
export const START_DEADLINE = 60 * SECOND;

/** How long a server may take to go, in ms, before it is killed. */
export const STOP_DEADLINE = 5 * SECOND;

/** Time between two looks at a server that is starting, in ms. */
export const POLL_INTERVAL = 50;

/** Starts of a server, with a new port each. One of four runs of a container met ECONNRESET right after an import. */
export const START_ATTEMPTS = 3;

/** Label of every container a test run starts: the runner removes what a crashed test left behind. */
export const CONTAINER_LABEL = 'shoal-test';
