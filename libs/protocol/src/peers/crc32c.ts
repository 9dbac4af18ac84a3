/** Castagnoli's polynomial, bits reversed (RFC 3720 §12.1). */
const POLYNOMIAL = 0x82f6_3b78;
const ALL_ONES = 0xffff_ffff;
const BITS_PER_BYTE = 8;

/** CRC32-C of a few bytes, as an unsigned integer. Bit by bit: addresses are short, and no table has to be kept. */
export function crc32c(bytes: Uint8Array): number {
  let crc = ALL_ONES;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < BITS_PER_BYTE; bit += 1) crc = (crc >>> 1) ^ ((crc & 1) === 1 ? POLYNOMIAL : 0);
  }
  return (crc ^ ALL_ONES) >>> 0;
}
