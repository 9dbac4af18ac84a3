import type { PeerHandle } from '@shoal/swarm';
import type { Parcel } from '../network/pipe.ts';

/** Told of every message and block that reaches a host, in order. `what` is the same text for the same event. */
export type TraceListener = (at: number, to: number, what: string) => void;

/** What of a parcel a trace tells. */
export function describeArrival(from: PeerHandle, parcel: Parcel): string {
  switch (parcel.type) {
    case 'block':
    case 'request':
    case 'cancel':
    case 'reject':
      return `${from} ${parcel.type} ${parcel.piece} ${parcel.begin}`;
    case 'have':
      return `${from} have ${parcel.piece}`;
    default:
      return `${from} ${parcel.type}`;
  }
}
