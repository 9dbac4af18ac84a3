import { type KeyObject, sign, verify } from 'node:crypto';
import { ShoalError } from '@shoal/contracts';
import { Status } from 'nice-grpc-common';
import { MAX_TOKEN_LENGTH, SIGNATURE_LENGTH } from './constants.ts';

/** What a token is for. It is part of what is signed, so that one kind never passes for another. */
export type TokenKind = 'grant' | 'ticket';

/** What can be wrong with a token; its error's code is `SHOAL_GRANT_…` or `SHOAL_TICKET_…`. */
export type TokenFault = 'MALFORMED' | 'SIGNATURE' | 'EXPIRED';

/** Signs `body`: base64url(body) "." base64url(Ed25519 signature). */
export function sealToken(kind: TokenKind, body: Uint8Array, privateKey: KeyObject): string {
  const signature = sign(null, signedBytes(kind, body), privateKey);
  return `${Buffer.from(body).toString('base64url')}.${signature.toString('base64url')}`;
}

/**
 * The body of a token with a good signature.
 * @throws ShoalError `…_MALFORMED`, `…_SIGNATURE`
 */
export function openToken(kind: TokenKind, token: string, publicKey: KeyObject): Uint8Array {
  const parts = token.length <= MAX_TOKEN_LENGTH ? token.split('.') : [];
  const [body, signature] = parts.map(decodeStrictly);
  if (parts.length !== 2 || body === undefined || signature?.length !== SIGNATURE_LENGTH)
    throw tokenError(kind, 'MALFORMED', `the ${kind} is not a token`);
  if (!verify(null, signedBytes(kind, body), publicKey, signature))
    throw tokenError(kind, 'SIGNATURE', `the ${kind} was not signed by this catalog, or was changed`);
  return body;
}

/** The typed error of a bad token. */
export function tokenError(kind: TokenKind, fault: TokenFault, message: string): ShoalError {
  return new ShoalError({
    code: `SHOAL_${kind === 'grant' ? 'GRANT' : 'TICKET'}_${fault}`,
    status: Status.UNAUTHENTICATED,
    message,
    remedy:
      fault === 'EXPIRED'
        ? `Ask the catalog for a fresh ${kind}; check the clocks of both machines.`
        : `Ask the catalog for a ${kind}, and check that this service has the public key of that catalog.`,
  });
}

function signedBytes(kind: TokenKind, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`shoal-${kind}-v1\0`), body]);
}

/** Node's decoder skips what it does not know; a token has one spelling only. */
function decodeStrictly(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}
