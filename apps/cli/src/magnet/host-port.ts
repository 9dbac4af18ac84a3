import { ShoalError } from '@shoal/contracts';
import { type HostPort, parseEndpoint } from '@shoal/service';
import { Status } from 'nice-grpc-common';

/**
 * Reads `host:port`.
 * @param flag the option it was given by
 * @throws ShoalError SHOAL_CLI_ADDRESS when it is anything else
 */
export function hostPort(text: string, flag: string): HostPort {
  const endpoint = parseEndpoint(text);
  if (endpoint !== undefined && !('path' in endpoint)) return endpoint;
  throw new ShoalError({
    code: 'SHOAL_CLI_ADDRESS',
    status: Status.INVALID_ARGUMENT,
    message: `${flag}: ${JSON.stringify(text)} is not host:port`,
    remedy: 'Give an address or a name and a port, as 192.0.2.1:7421 or [2001:db8::1]:7421.',
  });
}
