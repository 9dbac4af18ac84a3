import type { AnnounceRequest, AnnounceResponse } from '@shoal/protocol';
import type { AnnounceOptions } from './announce-options.ts';
import { announceOverHttp } from './http-announce.ts';
import { announceOverUdp, type UdpAnnounceComponents } from './udp-announce.ts';

/**
 * Announces once to a tracker, in the way that its URL asks for: HTTP or HTTPS (BEP 3), or UDP (BEP 15).
 * @throws AnnounceError, TrackerWireError, or the signal's reason
 */
export async function announceOnce(
  components: UdpAnnounceComponents,
  announceUrl: string,
  request: AnnounceRequest,
  options: AnnounceOptions = {},
): Promise<AnnounceResponse> {
  return /^udp:/i.test(announceUrl)
    ? announceOverUdp(components, announceUrl, request, options)
    : announceOverHttp(announceUrl, request, options);
}
