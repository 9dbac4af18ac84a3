import type { PeerClass } from '../api.ts';

/** How we introduce ourselves in the extension handshake. */
export interface LocalIdentity {
  readonly peerClass: PeerClass;
  readonly client: string;
  /** Port we listen on. */
  readonly port: number;
}
