import { readFileSync } from 'node:fs';
import { ShoalError } from '@shoal/contracts';
import { Status } from 'nice-grpc-common';

/** Where a party's certificates are. */
export interface TlsPaths {
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly ca?: string | undefined;
}

/** Certificates of one party, PEM. Servers need `identity`; a server with `ca` asks every client for a certificate. */
export interface Tls {
  readonly identity?: { readonly cert: Buffer; readonly key: Buffer };
  readonly ca?: Buffer;
}

/**
 * Reads certificates; `undefined` when no path is given.
 * @throws ShoalError `SHOAL_SERVICE_TLS_FILES` when a file cannot be read, or only one of certificate and key is given.
 */
export function tlsFromFiles({ cert, key, ca }: TlsPaths): Tls | undefined {
  if (cert === undefined && key === undefined && ca === undefined) return undefined;
  if ((cert === undefined) !== (key === undefined))
    throw tlsError('only one of certificate and key is given', 'Give --tls-cert and --tls-key together.');
  return {
    ...(cert === undefined || key === undefined ? {} : { identity: { cert: read(cert), key: read(key) } }),
    ...(ca === undefined ? {} : { ca: read(ca) }),
  };
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw tlsError(`cannot read ${path}`, 'Check the path and that this user may read it.', cause);
  }
}

function tlsError(message: string, remedy: string, cause?: unknown): ShoalError {
  const status = Status.FAILED_PRECONDITION;
  return new ShoalError({
    code: 'SHOAL_SERVICE_TLS_FILES',
    status,
    message: `TLS: ${message}`,
    remedy,
    cause,
  });
}
