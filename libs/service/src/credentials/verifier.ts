import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Grant, ShoalError, UploadTicket } from '@shoal/contracts';
import { Status } from 'nice-grpc-common';
import { openToken, tokenError, type TokenKind } from './token.ts';

/** A message whose time of expiry is known. */
export type Dated<T extends { readonly expiresAt: Date | undefined }> = T & { readonly expiresAt: Date };

/** Checks tokens with the catalog's public key alone: the side of trackers and seeders. */
export interface Verifier {
  /**
   * The grant of a token that was signed by the catalog and holds at `now`.
   * @throws ShoalError `SHOAL_GRANT_MALFORMED`, `SHOAL_GRANT_SIGNATURE`, `SHOAL_GRANT_EXPIRED`
   */
  verifyGrant(token: string, now: Date): Dated<Grant>;
  /**
   * The ticket of a token that was signed by the catalog and holds at `now`.
   * @throws ShoalError `SHOAL_TICKET_MALFORMED`, `SHOAL_TICKET_SIGNATURE`, `SHOAL_TICKET_EXPIRED`
   */
  verifyTicket(token: string, now: Date): Dated<UploadTicket>;
}

/**
 * Makes a verifier from an Ed25519 public key (PEM, SPKI).
 * @throws ShoalError `SHOAL_SERVICE_VERIFYING_KEY`
 */
export function createVerifier(publicKeyPem: string): Verifier {
  const publicKey = parseKey(publicKeyPem);
  return {
    verifyGrant: (token, now) => check('grant', Grant, token, publicKey, now),
    verifyTicket: (token, now) => check('ticket', UploadTicket, token, publicKey, now),
  };
}

/**
 * Makes a verifier from the public key in `file`.
 * @throws ShoalError `SHOAL_SERVICE_VERIFYING_KEY`
 */
export function createVerifierFromFile(file: string): Verifier {
  let pem: string;
  try {
    pem = readFileSync(file, 'utf8');
  } catch (cause) {
    throw keyError(`cannot read the catalog's public key ${file}`, cause);
  }
  return createVerifier(pem);
}

interface Decoder<T> {
  decode(bytes: Uint8Array): T;
}

function check<T extends { readonly expiresAt: Date | undefined }>(
  kind: TokenKind,
  decoder: Decoder<T>,
  token: string,
  publicKey: KeyObject,
  now: Date,
): Dated<T> {
  const message = decoder.decode(openToken(kind, token, publicKey));
  const { expiresAt } = message;
  if (expiresAt === undefined) throw tokenError(kind, 'MALFORMED', `the ${kind} names no expiry`);
  if (expiresAt <= now)
    throw tokenError(kind, 'EXPIRED', `the ${kind} expired at ${expiresAt.toISOString()}`);
  return { ...message, expiresAt };
}

function parseKey(pem: string): KeyObject {
  let key: KeyObject | undefined;
  let cause: unknown;
  try {
    key = createPublicKey(pem);
  } catch (error) {
    cause = error;
  }
  if (key?.asymmetricKeyType === 'ed25519') return key;
  throw keyError("the catalog's public key is not an Ed25519 public key in PEM", cause);
}

function keyError(message: string, cause: unknown): ShoalError {
  return new ShoalError({
    code: 'SHOAL_SERVICE_VERIFYING_KEY',
    status: Status.FAILED_PRECONDITION,
    message,
    remedy: 'Copy the public key (.pub) that the catalog keeps beside its private one.',
    cause,
  });
}
