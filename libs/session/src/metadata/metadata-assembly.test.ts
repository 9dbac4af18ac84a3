import { METADATA_PIECE_SIZE } from '@shoal/protocol';
import { expect, it } from 'vitest';
import { MetadataAssembly } from './metadata-assembly.ts';
import { TestSource } from './test-source.ts';

/** Two pieces and a bit. */
const SIZE = 2 * METADATA_PIECE_SIZE + 7;
const NONE = (): boolean => false;

function pieceOf(piece: number): Uint8Array {
  return new Uint8Array(Math.min(METADATA_PIECE_SIZE, SIZE - piece * METADATA_PIECE_SIZE)).fill(piece + 1);
}

it('is put together of its pieces, whichever comes first', () => {
  const assembly = new MetadataAssembly(SIZE);
  const peer = new TestSource();
  for (const piece of [2, 0, 1]) {
    expect(assembly.isWhole).toBe(false);
    assembly.put(piece, pieceOf(piece), peer);
  }
  expect(assembly.isWhole).toBe(true);
  expect(Buffer.from(assembly.join())).toEqual(Buffer.concat([0, 1, 2].map(pieceOf)));
});

it('keeps the first copy of a piece, and a copy of its own', () => {
  const assembly = new MetadataAssembly(SIZE);
  const peer = new TestSource();
  const bytes = pieceOf(0);
  assembly.put(0, bytes, peer);
  bytes.fill(9);
  assembly.put(0, bytes, peer);
  expect(assembly.heldBytes).toBe(METADATA_PIECE_SIZE);
  expect(assembly.join()[0]).toBe(1);
});

it('asks for each piece once, then of a second peer, and of no third', () => {
  const assembly = new MetadataAssembly(SIZE);
  const peers = [new TestSource(), new TestSource(), new TestSource()] as const;
  for (const piece of [0, 1, 2]) {
    expect(assembly.next(NONE, peers[0])).toBe(piece);
    assembly.countRequest(piece, 1);
  }
  expect(assembly.next(NONE, peers[1])).toBe(0);
  assembly.countRequest(0, 1);
  expect(assembly.next((piece) => piece === 1, peers[2])).toBe(2);
  assembly.countRequest(1, 1);
  assembly.countRequest(2, 1);
  expect(assembly.next(NONE, peers[2])).toBeUndefined();
  assembly.countRequest(1, -1);
  expect(assembly.next(NONE, peers[2])).toBe(1);
});

it('blames the only sender when it is false', () => {
  const assembly = new MetadataAssembly(SIZE);
  const liar = new TestSource();
  for (const piece of [0, 1, 2]) assembly.put(piece, pieceOf(piece), liar);
  expect(assembly.refute()).toBe(liar);
  expect([assembly.heldBytes, assembly.isWhole]).toEqual([0, false]);
});

it('of several senders takes one at a time, each from the beginning', () => {
  const assembly = new MetadataAssembly(SIZE);
  const [a, b] = [new TestSource(), new TestSource()];
  for (const [piece, from] of [a, b, a].entries()) assembly.put(piece, pieceOf(piece), from);
  expect(assembly.refute()).toBeUndefined();
  expect(assembly.next(NONE, a)).toBe(0);
  expect(assembly.next(NONE, b)).toBeUndefined();
  assembly.put(0, pieceOf(0), a);
  // Its turn is over: what it gave says nothing without the rest.
  assembly.pass(b);
  expect(assembly.heldBytes).toBeGreaterThan(0);
  assembly.pass(a);
  expect(assembly.heldBytes).toBe(0);
  expect(assembly.next(NONE, b)).toBe(0);
  for (const piece of [0, 1, 2]) assembly.put(piece, pieceOf(piece), b);
  expect(assembly.refute()).toBe(b);
});
