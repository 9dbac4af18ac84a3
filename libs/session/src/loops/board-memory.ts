import { FirstCopyBoard } from '@shoal/swarm';

/** Pieces of the largest torrent whose board is shared. Memory is only taken for those that there are. */
const MAX_SHARED_PIECES = 1 << 18;

/** Memory of a torrent's board that event loops share, as one of them is given it. */
export interface BoardMemory {
  readonly memory: SharedArrayBuffer;
  /** Number of the loop: 0 is the main one. */
  readonly loop: number;
}

/** Memory for the board of one torrent; who first knows how many pieces it has makes it long enough. */
export function createBoardMemory(): SharedArrayBuffer {
  const maxByteLength = FirstCopyBoard.bytesFor(MAX_SHARED_PIECES);
  return new SharedArrayBuffer(FirstCopyBoard.bytesFor(0), { maxByteLength });
}

/**
 * Joins a torrent's board with a core of the loop's; `leave` it with the core. Undefined beyond MAX_SHARED_PIECES: then each loop sends first copies of its own.
 */
export function joinBoard({ memory, loop }: BoardMemory, pieceCount: number): FirstCopyBoard | undefined {
  const bytes = FirstCopyBoard.bytesFor(pieceCount);
  if (bytes > memory.maxByteLength) return undefined;
  // Another loop may do so at the same time, to the same length.
  if (memory.byteLength < bytes) memory.grow(bytes);
  const board = boardOf({ memory, loop });
  board.join();
  return board;
}

/** The loop's view of a board as long as it is now. */
export function boardOf({ memory, loop }: BoardMemory): FirstCopyBoard {
  return new FirstCopyBoard(memory, loop + 1);
}
