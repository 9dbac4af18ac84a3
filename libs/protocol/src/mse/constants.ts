/** Constants of Message Stream Encryption 1.0 (the Vuze wiki's specification). Lengths are in bytes. */

/** The prime of the Diffie-Hellman exchange, 768 bits. */
export const MSE_PRIME = Uint8Array.from(
  Buffer.from(
    'ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74' +
      '020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437' +
      '4fe1356d6d51c245e485b576625e7ec6f44c42e9a63a36210000000000090563',
    'hex',
  ),
);

/** Generator of the exchange. */
export const MSE_GENERATOR = 2;

/** Length of a public key, and of the secret that both sides come to. */
export const MSE_KEY_LENGTH = 96;

/** Length of a private key: the specification asks for 128 bits at least and recommends 160. */
export const MSE_PRIVATE_KEY_LENGTH = 20;

/** Longest padding that may follow a public key (PadA, PadB) or stand in a message (PadC, PadD). */
export const MSE_MAX_PAD = 512;

/** Bytes of the key stream that are dropped: the first ones give away something of the key. */
export const DISCARDED_KEY_STREAM = 1_024;

/** Length of the verification constant, which is all zeros. */
export const VERIFICATION_LENGTH = 8;

/**
 * Longest initial payload that is taken. All clients that were seen send a handshake of 68 bytes; the format allows
 * 64 KiB.
 */
export const MAX_INITIAL_PAYLOAD = 16 * 1024;

/** How a connection goes on after the handshake. */
export type MseMethod = 'plaintext' | 'rc4';

/** Bits of `crypto_provide` and `crypto_select`. */
export const METHOD_BIT = { plaintext: 0x01, rc4: 0x02 } as const satisfies Record<MseMethod, number>;
