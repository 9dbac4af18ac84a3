import type { Metainfo, MetainfoEntry } from '@shoal/protocol';
import { DEFAULT_PRIORITY, MAX_PRIORITY } from '@shoal/swarm';
import type { Priorities } from '../api/selection.ts';

/** Stands for a piece of which no file was seen yet. */
const NONE = 0xff;

/**
 * The priorities of a torrent's pieces; undefined when all have the default. Pieces of padding alone have the default too:
 * there is nothing to fetch of them.
 * @throws RangeError when a piece does not exist, or a priority is not one
 */
export function toPiecePriorities(
  metainfo: Pick<Metainfo, 'files' | 'pieceLength' | 'pieceCount'>,
  priorities: Priorities,
): Uint8Array | undefined {
  const { ofFile, ofPieces } = priorities;
  if (ofFile === undefined && ofPieces === undefined) return undefined;
  const pieces = new Uint8Array(metainfo.pieceCount).fill(NONE);
  if (ofFile !== undefined) {
    for (const file of metainfo.files) raise(pieces, metainfo.pieceLength, file, checked(ofFile(file)));
  }
  for (const [piece, priority] of pieces.entries()) if (priority === NONE) pieces[piece] = DEFAULT_PRIORITY;
  for (const [piece, priority] of ofPieces ?? []) {
    if (!(piece in pieces)) throw new RangeError(`piece ${piece} of ${metainfo.pieceCount}`);
    pieces[piece] = checked(priority);
  }
  return pieces.every((priority) => priority === DEFAULT_PRIORITY) ? undefined : pieces;
}

/** Gives the pieces of a file its priority, where they do not have a higher one. */
function raise(pieces: Uint8Array, pieceLength: number, file: MetainfoEntry, priority: number): void {
  if (file.length === 0) return;
  const last = Math.floor((file.offset + file.length - 1) / pieceLength);
  for (let piece = Math.floor(file.offset / pieceLength); piece <= last; piece += 1) {
    const known = pieces[piece] ?? NONE;
    if (known === NONE || known < priority) pieces[piece] = priority;
  }
}

function checked(priority: number): number {
  if (Number.isInteger(priority) && priority >= 0 && priority <= MAX_PRIORITY) return priority;
  throw new RangeError(`priority ${priority}, it goes from 0 to ${MAX_PRIORITY}`);
}
