import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ShoalError, Status } from '@shoal/contracts';

/**
 * Reads certificates of authorities, as they are given beside those of the fleet. TLS itself takes any text for certificates,
 * and then trusts nobody: what is none is found here.
 * @throws ShoalError SHOAL_SERVICE_TLS_FILES
 */
export function authoritiesFromFile(path: string): string {
  try {
    const pem = readFileSync(path, 'utf8');
    new X509Certificate(pem);
    return pem;
  } catch (cause) {
    throw new ShoalError({
      code: 'SHOAL_SERVICE_TLS_FILES',
      status: Status.FAILED_PRECONDITION,
      message: `TLS: ${path} has no certificates that can be read`,
      remedy: 'Give a PEM file with the certificates of the authorities, readable by this user.',
      cause,
    });
  }
}
