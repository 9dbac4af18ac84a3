/**
 * What `--json` prints. Keys are stable; digests and info-hashes are hexadecimal, sizes are bytes, times are RFC 3339 or
 * milliseconds where the name says so. Messages of the contracts are made by `@shoal/contracts`.
 */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
