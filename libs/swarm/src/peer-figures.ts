import type { PeerState } from './peer-state.ts';

/** What a core tells about a peer. Bytes are payload, rates are bytes per second. */
export interface PeerFigures {
  readonly isComplete: boolean;
  readonly downloaded: number;
  readonly uploaded: number;
  readonly downloadRate: number;
  readonly uploadRate: number;
}

export function figuresOf(peer: PeerState): PeerFigures {
  return {
    isComplete: peer.have.isComplete,
    downloaded: peer.downloaded,
    uploaded: peer.uploaded,
    downloadRate: peer.downloadRate.rate,
    uploadRate: peer.uploadRate.rate,
  };
}
