import { defineOptions } from '@shoal/service';
import { MIN_RATE_LIMIT, type SessionLimits } from '@shoal/session';

/** Options of every swarm member: how fast it may exchange payload with its peers. Absent: no limit. */
export const peerLimitOptions = defineOptions({
  uploadLimit: {
    type: 'rate',
    min: MIN_RATE_LIMIT,
    description: 'Most that is sent to peers, over all swarms. Default: no limit.',
  },
  downloadLimit: {
    type: 'rate',
    min: MIN_RATE_LIMIT,
    description: 'Most that is received from peers, over all swarms. Default: no limit.',
  },
  clientUploadLimit: {
    type: 'rate',
    min: MIN_RATE_LIMIT,
    description:
      'Most that is sent to stock BitTorrent clients, all together and within the upload limit. Default: no limit.',
  },
  clientDownloadLimit: {
    type: 'rate',
    min: MIN_RATE_LIMIT,
    description:
      'Most that is received from stock BitTorrent clients, all together and within the download limit. Default: no limit.',
  },
});

/** What {@link peerLimitOptions} and an agent's `webSeedLimit` give, in bytes per second. */
export interface PeerLimits {
  readonly uploadLimit: number | undefined;
  readonly downloadLimit: number | undefined;
  readonly clientUploadLimit: number | undefined;
  readonly clientDownloadLimit: number | undefined;
  /** Most that is received from web seeds; of hosts that have any. */
  readonly webSeedLimit?: number | undefined;
}

/** The same, as a session takes them. */
export function sessionLimits(limits: PeerLimits): SessionLimits {
  const { uploadLimit, downloadLimit, clientUploadLimit, clientDownloadLimit, webSeedLimit } = limits;
  const client = { upload: clientUploadLimit, download: clientDownloadLimit };
  return {
    upload: uploadLimit,
    download: downloadLimit,
    classes: { client, origin: { download: webSeedLimit } },
  };
}
