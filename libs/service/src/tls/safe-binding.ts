import { ShoalError } from '@shoal/contracts';
import { Status } from 'nice-grpc-common';
import type { Endpoint } from '../endpoint.ts';
import { formatEndpoint } from '../endpoint.ts';
import type { Logger } from '../logging/logger.ts';
import type { Tls } from './tls-files.ts';

/** IPv4 loopback is the whole of 127.0.0.0/8 (RFC 1122 §3.2.1.3). */
const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|localhost|::ffff:127(\.\d{1,3}){3})$/i;

/** Whether a name or address, without brackets, is one of this machine alone, wherever it is looked up. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/**
 * Refuses to listen where strangers can connect without TLS; where the operator insists, says so in the log.
 * @throws ShoalError `SHOAL_SERVICE_INSECURE_BINDING`
 */
export function assertSafeBinding(
  endpoint: Endpoint,
  tls: Tls | undefined,
  { insecure, logger }: { readonly insecure: boolean; readonly logger: Pick<Logger, 'warn'> },
): void {
  if (tls?.identity !== undefined || 'path' in endpoint || isLoopback(endpoint.host)) return;
  if (insecure) {
    const fields = { endpoint: formatEndpoint(endpoint) };
    logger.warn(fields, 'INSECURE: listening without TLS; anyone on the network can read and command');
    return;
  }
  throw new ShoalError({
    code: 'SHOAL_SERVICE_INSECURE_BINDING',
    status: Status.FAILED_PRECONDITION,
    message: `refusing to listen on ${formatEndpoint(endpoint)} without TLS`,
    remedy:
      'Give --tls-cert and --tls-key, listen on 127.0.0.1, or accept that anyone on the network can connect with --insecure.',
  });
}
