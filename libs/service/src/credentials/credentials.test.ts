import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSigner, createSignerFromFile, generatePrivateKey } from './signer.ts';
import { createVerifier, createVerifierFromFile } from './verifier.ts';

const now = new Date('2026-01-01T00:00:00Z');
const later = new Date('2026-01-01T01:00:00Z');
const signer = createSigner(generatePrivateKey());
const verifier = createVerifier(signer.publicKeyPem);
const grant = { namespace: 'default', infoHashes: [Buffer.alloc(20, 7)], hostId: 'a', expiresAt: later };
const ticket = { uploadId: 'u', namespace: 'default', seederId: 's', principal: 'p', expiresAt: later };

describe('tokens', () => {
  it('carry grants and tickets', () => {
    expect(verifier.verifyGrant(signer.signGrant(grant), now)).toEqual(grant);
    expect(verifier.verifyTicket(signer.signTicket(ticket), now)).toEqual(ticket);
  });

  it('fit in a path of a URL', () => {
    expect(signer.signGrant(grant)).toMatch(/^[A-Za-z0-9_.-]+$/);
  });

  it('end when they expire', () => {
    const token = signer.signGrant(grant);
    expect(() => verifier.verifyGrant(token, later)).toThrow(
      expect.objectContaining({ code: 'SHOAL_GRANT_EXPIRED' }),
    );
    expect(() => verifier.verifyTicket(signer.signTicket(ticket), later)).toThrow(
      expect.objectContaining({ code: 'SHOAL_TICKET_EXPIRED' }),
    );
  });

  it('must name an expiry', () => {
    const token = signer.signGrant({ ...grant, expiresAt: undefined });
    expect(() => verifier.verifyGrant(token, now)).toThrow(
      expect.objectContaining({ code: 'SHOAL_GRANT_MALFORMED' }),
    );
  });

  it('of another catalog do not pass', () => {
    const token = createSigner(generatePrivateKey()).signGrant(grant);
    expect(() => verifier.verifyGrant(token, now)).toThrow(
      expect.objectContaining({ code: 'SHOAL_GRANT_SIGNATURE' }),
    );
  });

  it('of one kind do not pass for the other', () => {
    expect(() => verifier.verifyGrant(signer.signTicket(ticket), now)).toThrow(
      expect.objectContaining({ code: 'SHOAL_GRANT_SIGNATURE' }),
    );
  });

  it('do not survive the change of any character', () => {
    const token = signer.signGrant(grant);
    for (let index = 0; index < token.length; index++) {
      const changed = `${token.slice(0, index)}${token[index] === 'A' ? 'B' : 'A'}${token.slice(index + 1)}`;
      expect(() => verifier.verifyGrant(changed, now), `character ${index}`).toThrow(/grant/);
    }
  });

  it.each(['', '.', 'x', 'a.b', 'a.b.c', '..', 'x'.repeat(100_000), `${'x'.repeat(100)}.${'y'.repeat(86)}`])(
    'are told from garbage (%#)',
    (garbage) => {
      expect(() => verifier.verifyTicket(garbage, now)).toThrow(
        expect.objectContaining({
          code: expect.stringMatching(/^SHOAL_TICKET_(MALFORMED|SIGNATURE)$/) as string,
        }),
      );
    },
  );
});

describe('keys', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'shoal-keys-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('are made once, for their owner alone, with the public one beside', () => {
    const file = join(directory, 'nested', 'key.pem');
    const token = createSignerFromFile(file).signGrant(grant);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(createVerifierFromFile(`${file}.pub`).verifyGrant(token, now)).toEqual(grant);
    const before = readFileSync(file, 'utf8');
    createSignerFromFile(file);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('of another kind are refused', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const pem = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    for (const key of [pem, 'no key at all'])
      expect(() => createSigner(key)).toThrow(expect.objectContaining({ code: 'SHOAL_SERVICE_SIGNING_KEY' }));
    writeFileSync(join(directory, 'bad.pub'), 'no key at all');
    for (const file of ['bad.pub', 'missing.pub'])
      expect(() => createVerifierFromFile(join(directory, file))).toThrow(
        expect.objectContaining({ code: 'SHOAL_SERVICE_VERIFYING_KEY' }),
      );
  });
});
