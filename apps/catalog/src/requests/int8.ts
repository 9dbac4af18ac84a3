import { invalid } from './check-names.ts';

/** Largest number of the database (int8); protobuf's uint64 goes further. */
const MAX_INT8 = 2n ** 63n - 1n;

/** @throws CatalogError SHOAL_CATALOG_INVALID_REQUEST */
export function checkRevision(revision: bigint): void {
  if (revision > MAX_INT8) throw invalid('revision', `${revision}, which no directive has`);
}

/** A count of bytes as the database can keep it. */
export function boundedBytes(bytes: bigint): bigint {
  return bytes > MAX_INT8 ? MAX_INT8 : bytes;
}
