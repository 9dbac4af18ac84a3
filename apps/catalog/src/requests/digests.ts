import { invalid } from './check-names.ts';

/** Bytes of a SHA-256 digest. */
const DIGEST_LENGTH = 32;

/** @throws CatalogError SHOAL_CATALOG_INVALID_REQUEST */
export function checkDigest(field: string, digest: Uint8Array): void {
  if (digest.length !== DIGEST_LENGTH)
    throw invalid(field, `${digest.length} bytes long, wanted: ${DIGEST_LENGTH}`);
}

/** Whether two byte strings are equal. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** Lower-case hexadecimal form. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
