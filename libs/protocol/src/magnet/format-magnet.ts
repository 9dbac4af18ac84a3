import { toHex } from '../bytes.ts';
import { formatFileRanges } from './file-ranges.ts';
import type { Magnet, MagnetPeer } from './magnet.ts';

/** A multihash of SHA-256, 32 bytes (BEP 52). */
const V2_PREFIX = 'urn:btmh:1220';

/** The link of a torrent: v1 hash first, which clients of one version look for, and peers last. */
export function formatMagnet(magnet: Magnet): string {
  const { infoHashV1, infoHashV2, displayName, trackers, peers, selectOnly = [] } = magnet;
  const parameters: string[] = [];
  if (infoHashV1 !== undefined) parameters.push(`xt=urn:btih:${toHex(infoHashV1)}`);
  if (infoHashV2 !== undefined) parameters.push(`xt=${V2_PREFIX}${toHex(infoHashV2)}`);
  if (displayName !== undefined) parameters.push(`dn=${encodeURIComponent(displayName)}`);
  for (const tracker of trackers) parameters.push(`tr=${encodeURIComponent(tracker)}`);
  if (selectOnly.length > 0) parameters.push(`so=${formatFileRanges(selectOnly)}`);
  for (const peer of peers) parameters.push(`x.pe=${formatPeer(peer)}`);
  return `magnet:?${parameters.join('&')}`;
}

function formatPeer({ host, port }: MagnetPeer): string {
  return host.includes(':') ? `[${host}]:${port}` : `${encodeURIComponent(host)}:${port}`;
}
