import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
} from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type DeepPartial, Grant, ShoalError, UploadTicket } from '@shoal/contracts';
import { Status } from 'nice-grpc-common';
import { PRIVATE_KEY_MODE } from './constants.ts';
import { sealToken } from './token.ts';

/** Signs what lets hosts and clients use trackers and seeders: the catalog's side. */
export interface Signer {
  /** PEM, for {@link createVerifier} at trackers and seeders. */
  readonly publicKeyPem: string;
  /** A token that lets one host announce and fetch one swarm until `expiresAt`. */
  signGrant(grant: DeepPartial<Grant>): string;
  /** A token that lets a client push the bytes of one upload to one seeder until `expiresAt`. */
  signTicket(ticket: DeepPartial<UploadTicket>): string;
}

/**
 * Makes a signer from an Ed25519 private key (PEM, PKCS #8).
 * @throws ShoalError `SHOAL_SERVICE_SIGNING_KEY`
 */
export function createSigner(privateKeyPem: string): Signer {
  const privateKey = parseKey(privateKeyPem);
  return {
    publicKeyPem: createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString(),
    signGrant: (grant) => sealToken('grant', Grant.encode(Grant.create(grant)).finish(), privateKey),
    signTicket: (ticket) =>
      sealToken('ticket', UploadTicket.encode(UploadTicket.create(ticket)).finish(), privateKey),
  };
}

/**
 * Makes a signer from the key in `file`, which is generated when missing; several processes may race for it. The public
 * key is written beside it, to `<file>.pub`, for {@link createVerifierFromFile}.
 */
export function createSignerFromFile(file: string): Signer {
  if (!existsSync(file)) generateKey(file);
  const signer = createSigner(readFileSync(file, 'utf8'));
  replaceFile(`${file}.pub`, signer.publicKeyPem);
  return signer;
}

/** A new Ed25519 private key, PEM (PKCS #8). */
export function generatePrivateKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function generateKey(file: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, generatePrivateKey(), { mode: PRIVATE_KEY_MODE, flush: true });
  try {
    // Unlike a rename, a link leaves a key that another process made meanwhile.
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
}

/** Readers see the old content or the new one. */
function replaceFile(file: string, content: string): void {
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, content, { flush: true });
  renameSync(draft, file);
}

function parseKey(pem: string): KeyObject {
  let key: KeyObject | undefined;
  let cause: unknown;
  try {
    key = createPrivateKey(pem);
  } catch (error) {
    cause = error;
  }
  if (key?.asymmetricKeyType === 'ed25519') return key;
  throw new ShoalError({
    code: 'SHOAL_SERVICE_SIGNING_KEY',
    status: Status.FAILED_PRECONDITION,
    message: 'the signing key is not an Ed25519 private key in PEM',
    remedy: 'Make one with `openssl genpkey -algorithm ed25519`, or remove the file to have one generated.',
    cause,
  });
}
