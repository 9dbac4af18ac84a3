/** What is announced as missing while nobody knows how large the torrent is, in bytes: anything but 0, which a seeder says. */
export const UNKNOWN_LEFT = 16 * 1024;

/** How often progress is looked at, in milliseconds. */
export const PROGRESS_INTERVAL = 100;
