import type { PeerListener, PeerStream, PeerTransport, TransportAddress } from '../ports/peer-transport.ts';

/** A transport whose listener can be told to accept connections or not; it does not at first. */
export interface GatedTransport extends PeerTransport {
  /**
   * Rejects with the system's error when the address cannot be listened on.
   * Connections that wait to be accepted when it closes are reset.
   */
  setOpen(isOpen: boolean): Promise<void>;
}

/** Puts a gate before the one listener of `transport`. */
export function createGatedTransport(transport: PeerTransport): GatedTransport {
  let wanted:
    { readonly address: TransportAddress; readonly onStream: (stream: PeerStream) => void } | undefined;
  let listener: PeerListener | undefined;
  /** Opening and closing take turns. */
  let turn: Promise<void> = Promise.resolve();

  async function change(isOpen: boolean): Promise<void> {
    if (isOpen && listener === undefined && wanted !== undefined) {
      listener = await transport.listen(wanted.address, wanted.onStream);
    } else if (!isOpen && listener !== undefined) {
      const closing = listener;
      listener = undefined;
      await closing.close();
    }
  }

  function setOpen(isOpen: boolean): Promise<void> {
    turn = turn.then(() => change(isOpen));
    return turn;
  }

  return {
    listen(address, onStream) {
      wanted = { address, onStream };
      return Promise.resolve({ address, close: () => setOpen(false) });
    },
    dial: (address, signal) => transport.dial(address, signal),
    setOpen,
  };
}
