import type { Location } from '../accounts/source-class.ts';
import type { PeerClass } from '../api/peer.ts';

/** How we introduce ourselves in the extension handshake. */
export interface LocalIdentity {
  readonly peerClass: PeerClass;
  /** Where we are, for members of a fleet. */
  readonly location?: Location | undefined;
  readonly client: string;
  /** Port we listen on. */
  readonly port: number;
}
