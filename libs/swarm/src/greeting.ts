import type { Bitfield } from '@shoal/protocol';
import type { CoreSink } from './core-sink.ts';
import type { PeerState } from './peer-state.ts';

/**
 * Tells a new peer what we have: the first message after the handshake (BEP 3), by the shorter messages of the Fast
 * extension where the peer speaks it (BEP 6).
 * @param hidesPieces the pieces are shown later, one by one
 */
export function greetPeer(sink: CoreSink, peer: PeerState, have: Bitfield, hidesPieces: boolean): void {
  const { handle, fast } = peer;
  if (hidesPieces) {
    if (fast) sink.send(handle, { type: 'have-none' });
  } else if (fast && have.isComplete) sink.send(handle, { type: 'have-all' });
  else if (fast && have.count === 0) sink.send(handle, { type: 'have-none' });
  else if (have.count > 0) sink.send(handle, { type: 'bitfield', bits: have.bytes });
}
