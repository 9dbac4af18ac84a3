import { type AddressedService, createStackService, type Tls, tlsFromFiles } from '@shoal/service';
import { checkHostId } from './host-id.ts';

/** What of the options of agents and seeders is looked at before anything is started. */
export interface MemberServiceInit {
  readonly hostId: string;
  /** Paths. */
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
  readonly tlsCa: string | undefined;
}

/**
 * Makes a service of a member of the fleet, as `createStackService` does: `start` gets its certificates.
 * @throws ShoalError SHOAL_SERVICE_HOST_ID
 */
export function createMemberService<Addresses>(
  { hostId, tlsCert: cert, tlsKey: key, tlsCa: ca }: MemberServiceInit,
  start: (tls: Tls | undefined, stack: AsyncDisposableStack) => Promise<Addresses>,
): AddressedService<Addresses> {
  checkHostId(hostId);
  return createStackService((stack) => start(tlsFromFiles({ cert, key, ca }), stack));
}
