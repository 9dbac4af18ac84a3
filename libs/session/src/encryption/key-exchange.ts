import { createDiffieHellman, type DiffieHellman, randomBytes } from 'node:crypto';
import {
  MSE_GENERATOR,
  MSE_KEY_LENGTH,
  MSE_PRIME,
  MSE_PRIVATE_KEY_LENGTH,
  MseError,
  type MseKeyPair,
} from '@shoal/protocol';

/**
 * Makes key pairs for MSE. All of them use one object of OpenSSL's, which checks the prime when it is made: that takes 20 ms
 * (measured), and so waits for the first handshake.
 */
export function createKeyExchange(): () => MseKeyPair {
  let exchange: DiffieHellman | undefined;
  return () => {
    const group = (exchange ??= createDiffieHellman(MSE_PRIME, MSE_GENERATOR));
    const privateKey = randomBytes(MSE_PRIVATE_KEY_LENGTH);
    group.setPrivateKey(privateKey);
    return {
      publicKey: padded(group.generateKeys()),
      secretWith(theirs) {
        group.setPrivateKey(privateKey);
        try {
          return padded(group.computeSecret(theirs));
        } catch (cause) {
          throw new MseError('SHOAL_MSE_BAD_KEY', 'the public key of the peer is out of range', { cause });
        }
      },
    };
  };
}

/** Numbers are sent with their leading zeros. */
function padded(number: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(MSE_KEY_LENGTH);
  bytes.set(number, MSE_KEY_LENGTH - number.length);
  return bytes;
}
