import { hostname } from 'node:os';
import { ShoalError, Status } from '@shoal/contracts';

/** As fleet.v1 HelloRequest says. */
const HOST_ID = /^[a-z0-9.-]{1,128}$/;

/**
 * Checks the name of a host or seeder.
 * @throws ShoalError SHOAL_SERVICE_HOST_ID
 */
export function checkHostId(hostId: string): string {
  if (HOST_ID.test(hostId)) return hostId;
  throw new ShoalError({
    code: 'SHOAL_SERVICE_HOST_ID',
    status: Status.INVALID_ARGUMENT,
    message: `${JSON.stringify(hostId)} cannot name a host`,
    remedy: 'Give --host-id: 1 to 128 characters of [a-z0-9.-], different for every host.',
  });
}

/** The machine's name, as far as it can name a host. */
export function defaultHostId(): string {
  return hostname()
    .toLowerCase()
    .replace(/[^a-z0-9.-]/g, '-')
    .slice(0, 128);
}
