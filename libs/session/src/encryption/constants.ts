/**
 * Encrypted handshakes of peers that dial us, begun and not over yet: bounds what is held for peers that send padding and
 * nothing more. Stock clients that demand encryption are few in a fleet.
 */
export const MAX_ENCRYPTED_HANDSHAKES = 64;

/**
 * Encrypted handshakes that are answered at once, after a time without any, and per second. Each takes 0.2 ms (two
 * exponentiations modulo 768 bits, measured): strangers can cost us 1 % of a core, whatever they send.
 */
export const ENCRYPTED_HANDSHAKE_BURST = 100;
export const ENCRYPTED_HANDSHAKES_PER_SECOND = 50;
