import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import {
  bits,
  type Der,
  explicit,
  implicit,
  integer,
  objectId,
  octets,
  sequence,
  set,
  text,
  utcTime,
  yes,
} from './der.ts';

/** A certificate and its private key, PEM. */
export interface Identity {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Makes certificates for tests, so that none lie about in the repository and none run out. */
export interface CertificateAuthority {
  /** The authority's own certificate, PEM. */
  readonly ca: Buffer;
  /** A certificate for `localhost`, 127.0.0.1 and ::1. */
  issue(commonName: string): Identity;
}

const HOUR = 3_600_000;
const ED25519 = sequence(objectId('1.3.101.112'));
const COMMON_NAME = objectId('2.5.4.3');
const BASIC_CONSTRAINTS = objectId('2.5.29.19');
const SUBJECT_ALT_NAME = objectId('2.5.29.17');
const LOOPBACK_NAMES = [
  implicit(2, Buffer.from('localhost')),
  implicit(7, Buffer.of(127, 0, 0, 1)),
  implicit(7, Buffer.from('00000000000000000000000000000001', 'hex')),
];

/** Makes an authority (X.509 v3, Ed25519) whose certificates hold for an hour. */
export function createCertificateAuthority(): CertificateAuthority {
  const root = generateKeyPairSync('ed25519').privateKey;
  const caOnly = sequence(BASIC_CONSTRAINTS, yes(), octets(sequence(yes())));
  return {
    ca: certificate('test authority', root, root, caOnly),
    issue(commonName) {
      const key = generateKeyPairSync('ed25519').privateKey;
      const names = sequence(SUBJECT_ALT_NAME, octets(sequence(...LOOPBACK_NAMES)));
      return {
        cert: certificate(commonName, key, root, names),
        key: Buffer.from(key.export({ type: 'pkcs8', format: 'pem' })),
      };
    },
  };
}

function certificate(subject: string, key: KeyObject, issuer: KeyObject, extension: Der): Buffer {
  const now = Date.now();
  const version3 = explicit(0, integer(Buffer.of(2)));
  const serial = integer(Buffer.concat([Buffer.of(1), randomBytes(8)]));
  const validity = sequence(utcTime(new Date(now - HOUR)), utcTime(new Date(now + HOUR)));
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const body = sequence(
    version3,
    serial,
    ED25519,
    name('test authority'),
    validity,
    name(subject),
    publicKey,
    explicit(3, sequence(extension)),
  );
  const der = sequence(body, ED25519, bits(sign(null, body, issuer)));
  const lines = der.toString('base64').replaceAll(/.{64}/g, '$&\n');
  return Buffer.from(`-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`);
}

function name(commonName: string): Der {
  return sequence(set(sequence(COMMON_NAME, text(commonName))));
}
