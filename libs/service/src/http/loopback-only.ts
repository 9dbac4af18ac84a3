import { ShoalError } from '@shoal/contracts';
import { Status } from 'nice-grpc-common';
import { formatEndpoint, type HostPort } from '../endpoint.ts';
import { isLoopback } from '../tls/safe-binding.ts';

const HOST_HEADER = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:/[\]]+))(?::\d{1,5})?$/;

/** @throws ShoalError SHOAL_SERVICE_NOT_LOOPBACK */
export function assertLoopback(endpoint: HostPort): void {
  if (isLoopback(endpoint.host)) return;
  throw new ShoalError({
    code: 'SHOAL_SERVICE_NOT_LOOPBACK',
    status: Status.FAILED_PRECONDITION,
    message: `${formatEndpoint(endpoint)} is not on loopback, and whoever connects there is asked for nothing`,
    remedy: 'Listen on 127.0.0.1, [::1] or localhost. From another machine, forward the port with ssh -L.',
  });
}

/**
 * Whether a Host header (RFC 9110, 7.2) names loopback. Any web page can give itself a name that resolves to 127.0.0.1, and
 * so become of one origin with what listens there (DNS rebinding): the browser sends that name. The port may be another:
 * it may be forwarded.
 */
export function namesLoopback(hostHeader: string | undefined): boolean {
  const [, v6, other] = HOST_HEADER.exec(hostHeader ?? '') ?? [];
  const host = v6 ?? other;
  return host !== undefined && isLoopback(host);
}
