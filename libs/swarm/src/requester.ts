import type { PeerMessage } from '@shoal/protocol';
import type { BlockScheduler } from './block-scheduler.ts';
import { MAX_UNWANTED_BLOCKS, MAX_WINDOW } from './constants.ts';
import type { CoreSink, PeerHandle, Slot } from './core-sink.ts';
import type { OpenPiece } from './open-piece.ts';
import type { OutstandingRequest, PeerState } from './peer-state.ts';
import type { WasteKind } from './waste.ts';

/** What became of a block that has come in whole. */
export type BlockOutcome =
  /** It was not wanted, or another peer's copy was faster. */
  | { readonly kind: 'wasted'; readonly why: WasteKind }
  | { readonly kind: 'useful'; readonly open: OpenPiece };

/** Sends requests and takes the blocks that answer them. */
export class Requester {
  readonly #scheduler: BlockScheduler;
  readonly #sink: CoreSink;
  readonly #peers: ReadonlyMap<PeerHandle, PeerState>;

  constructor(components: {
    readonly scheduler: BlockScheduler;
    readonly sink: CoreSink;
    readonly peers: ReadonlyMap<PeerHandle, PeerState>;
  }) {
    this.#scheduler = components.scheduler;
    this.#sink = components.sink;
    this.#peers = components.peers;
  }

  /** Asks for as many blocks as the peer's window lets through. */
  fill(peer: PeerState, now: number): void {
    if (!peer.amInterested || peer.isClosing || now < peer.heldUntil) return;
    if (peer.isChoking && !peer.hints.hasAllowed) return;
    const outstanding = peer.outstanding.length;
    const room = peer.isSnubbed ? 1 - outstanding : peer.window.room(outstanding);
    for (let asked = 0; asked < room; asked += 1) {
      const choice = this.#scheduler.next(peer, now);
      if (choice === undefined) return;
      if (peer.outstanding.length === 0) peer.lastBlockAt = now;
      choice.open.request(choice.block, now);
      peer.outstanding.push({ open: choice.open, block: choice.block, sentAt: now });
      this.#sink.send(peer.handle, rangeMessage('request', choice.open, choice.block));
    }
  }

  /** A block begins to arrive. Returns the buffer to put it in; undefined when it is not wanted. */
  start(peer: PeerState, piece: number, begin: number, length: number): Slot | undefined {
    peer.receiving = undefined;
    const request = find(peer.outstanding, piece, begin) ?? find(peer.overdue, piece, begin);
    const isWanted =
      request !== undefined &&
      length === request.open.blockLength(request.block) &&
      this.#scheduler.openPiece(piece) === request.open &&
      !request.open.isReceived(request.block);
    if (!isWanted) {
      peer.discards = this.#scheduler.isReceived(piece, begin) ? 'duplicate' : 'unwanted';
      return undefined;
    }
    this.#takeOver(request, peer);
    peer.receiving = request;
    return request.open.slot;
  }

  /** The block begun last has come in whole. */
  finish(peer: PeerState, now: number): BlockOutcome {
    const request = peer.receiving;
    peer.receiving = undefined;
    if (request === undefined) {
      peer.unwantedBlocks += 1;
      return { kind: 'wasted', why: peer.discards };
    }
    const { open, block } = request;
    peer.unwantedBlocks = 0;
    peer.isSnubbed = false;
    const blockBefore = peer.lastBlockAt;
    peer.lastBlockAt = now;
    peer.window.onRoundTrip(now - request.sentAt);
    peer.roundTrip.add(now - request.sentAt);
    peer.answeredSentAt = Math.max(peer.answeredSentAt, request.sentAt);
    if (remove(peer.outstanding, request)) open.unrequest(block);
    else remove(peer.overdue, request);
    peer.beat.onBlock(now, blockBefore, peer.outstanding[0]?.sentAt);
    const isOwedByOthers = open.requesters(block) > 0;
    open.receive(block, peer.handle);
    if (isOwedByOthers) this.#cancel(open, block);
    return { kind: 'useful', open };
  }

  /** Whether the peer has sent too many blocks that nobody asked for. */
  isFlooding(peer: PeerState): boolean {
    return peer.unwantedBlocks > MAX_UNWANTED_BLOCKS;
  }

  /** The peer will not send this block. Returns whether it owed it. */
  onReject(peer: PeerState, piece: number, begin: number): boolean {
    const request = find(peer.outstanding, piece, begin);
    if (request === undefined) return false;
    this.#abort(peer, request, 'unwanted');
    remove(peer.outstanding, request);
    request.open.unrequest(request.block);
    return true;
  }

  /** Gives up all that was asked of a peer that has choked us or goes. */
  dropAll(peer: PeerState): void {
    this.#release(peer);
    for (const request of peer.overdue) this.#abort(peer, request, 'unwanted');
    peer.overdue = [];
  }

  /** Lets others be asked for what a peer owes for too long: all of it when it sends nothing. */
  checkTimeouts(peer: PeerState, now: number): void {
    peer.hints.forgetRefusals(now);
    const { timeout } = peer.roundTrip;
    if (peer.outstanding.length > 0 && now - peer.lastBlockAt >= timeout) this.#snub(peer, now);
    else this.#giveUpSkipped(peer, now - timeout);
  }

  #snub(peer: PeerState, now: number): void {
    peer.isSnubbed = true;
    peer.lastBlockAt = now;
    peer.overdue = [...peer.overdue, ...peer.outstanding].slice(-2 * MAX_WINDOW);
    const receiving = peer.receiving;
    peer.receiving = undefined;
    this.#release(peer);
    peer.receiving = receiving;
  }

  /** Requests sent before `sentBefore`, though later ones were answered, will hardly be: peers answer in order. */
  #giveUpSkipped(peer: PeerState, sentBefore: number): void {
    for (;;) {
      const [oldest] = peer.outstanding;
      const isSkipped = oldest !== undefined && oldest.sentAt < Math.min(sentBefore, peer.answeredSentAt);
      if (!isSkipped || oldest === peer.receiving) return;
      peer.outstanding.shift();
      peer.overdue = [...peer.overdue, oldest].slice(-2 * MAX_WINDOW);
      oldest.open.unrequest(oldest.block);
    }
  }

  /** All of a piece's blocks are here: nobody owes any of them, and late copies are not welcome any more. */
  forget(open: OpenPiece): void {
    for (const peer of this.#peers.values()) {
      if (peer.overdue.length > 0) peer.overdue = peer.overdue.filter((request) => request.open !== open);
      if (peer.current === open) this.#scheduler.setCurrent(peer, undefined);
    }
  }

  /** The piece is not wanted any more: takes back what is asked of it, and discards what is arriving. */
  withdraw(open: OpenPiece): void {
    for (const peer of this.#peers.values()) {
      if (peer.receiving?.open === open) this.#abort(peer, peer.receiving, 'unwanted');
      for (const request of peer.outstanding.filter((candidate) => candidate.open === open)) {
        remove(peer.outstanding, request);
        open.unrequest(request.block);
        this.#sink.send(peer.handle, rangeMessage('cancel', open, request.block));
      }
    }
    this.forget(open);
  }

  /** Ends the outstanding requests of a peer, so that others can be asked. */
  #release(peer: PeerState): void {
    for (const request of peer.outstanding) {
      this.#abort(peer, request, 'unwanted');
      request.open.unrequest(request.block);
    }
    peer.outstanding = [];
    this.#scheduler.setCurrent(peer, undefined);
  }

  /** If the request's block is just arriving, what is still to come is discarded. */
  #abort(peer: PeerState, request: OutstandingRequest, why: WasteKind): void {
    if (peer.receiving !== request) return;
    peer.receiving = undefined;
    peer.discards = why;
    request.open.setReceiver(request.block, undefined);
    this.#sink.stopReceiving(peer.handle);
  }

  /** Two peers must never write to the same block: the later one wins, the buffer holds its bytes in the end. */
  #takeOver(request: OutstandingRequest, peer: PeerState): void {
    const { open, block } = request;
    const other = open.receiver(block);
    if (other !== undefined && other !== peer.handle) {
      const loser = this.#peers.get(other);
      if (loser !== undefined) {
        loser.receiving = undefined;
        loser.discards = 'duplicate';
      }
      this.#sink.stopReceiving(other);
    }
    open.setReceiver(block, peer.handle);
  }

  /** The block is here: tell the other peers that owe it. */
  #cancel(open: OpenPiece, block: number): void {
    for (const peer of this.#peers.values()) {
      const request = peer.outstanding.find(
        (candidate) => candidate.open === open && candidate.block === block,
      );
      if (request === undefined) continue;
      this.#abort(peer, request, 'duplicate');
      remove(peer.outstanding, request);
      open.unrequest(block);
      this.#sink.send(peer.handle, rangeMessage('cancel', open, block));
    }
  }
}

function rangeMessage(type: 'request' | 'cancel', open: OpenPiece, block: number): PeerMessage {
  return { type, piece: open.piece, begin: open.blockBegin(block), length: open.blockLength(block) };
}

function find(
  requests: readonly OutstandingRequest[],
  piece: number,
  begin: number,
): OutstandingRequest | undefined {
  return requests.find(
    (request) => request.open.piece === piece && request.open.blockBegin(request.block) === begin,
  );
}

/** Requests are mostly answered in order, so that the one to remove is mostly the first. */
function remove(requests: OutstandingRequest[], request: OutstandingRequest): boolean {
  if (requests[0] === request) {
    requests.shift();
    return true;
  }
  const index = requests.indexOf(request);
  if (index !== -1) requests.splice(index, 1);
  return index !== -1;
}
