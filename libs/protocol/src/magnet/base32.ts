const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const BITS_PER_DIGIT = 5;

/** The whole bytes of unpadded base32 (RFC 4648 §6) in upper or lower case; undefined when there is any other digit. */
export function decodeBase32(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(Math.floor((text.length * BITS_PER_DIGIT) / 8));
  let bits = 0;
  let pending = 0;
  let length = 0;
  for (const digit of text.toUpperCase()) {
    const value = ALPHABET.indexOf(digit);
    if (value < 0) return undefined;
    bits = ((bits << BITS_PER_DIGIT) | value) & 0xfff;
    pending += BITS_PER_DIGIT;
    if (pending < 8) continue;
    pending -= 8;
    bytes[length++] = bits >> pending;
  }
  return bytes;
}
