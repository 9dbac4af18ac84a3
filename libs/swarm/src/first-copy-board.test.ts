import { expect, it } from 'vitest';
import { FirstCopyBoard } from './first-copy-board.ts';

const PIECES = 4;

function twoOwners(): [FirstCopyBoard, FirstCopyBoard] {
  const memory = new SharedArrayBuffer(FirstCopyBoard.bytesFor(PIECES));
  const [one, two] = [new FirstCopyBoard(memory, 1), new FirstCopyBoard(memory, 2)];
  one.join();
  two.join();
  return [one, two];
}

it('lets one owner alone claim a piece', () => {
  const [one, two] = twoOwners();
  expect(one.claim(2)).toBe(true);
  expect(two.claim(2)).toBe(false);
  two.release(2);
  expect(two.isWaiting(2)).toBe(false);
  one.release(2);
  expect(two.claim(2)).toBe(true);
});

it('counts each piece that is out once, whoever says so', () => {
  const [one, two] = twoOwners();
  one.claim(0);
  two.markOut(0);
  one.markOut(0);
  one.release(0);
  expect(two.outCount).toBe(1);
  expect(one.isOut(0)).toBe(true);
  expect(one.claim(0)).toBe(false);
});

it('gives back what an owner that leaves had claimed', () => {
  const [one, two] = twoOwners();
  one.claim(0);
  one.claim(1);
  one.markOut(1);
  one.leave();
  expect([two.isWaiting(0), two.isOut(1)]).toEqual([true, true]);
});

it('begins anew when an owner joins whom no other has waited for', () => {
  const [one, two] = twoOwners();
  for (let piece = 0; piece < PIECES; piece += 1) one.markOut(piece);
  one.leave();
  one.join();
  expect(one.outCount).toBe(PIECES);
  one.leave();
  two.leave();
  two.join();
  expect(two.outCount).toBe(0);
  expect(two.isWaiting(0)).toBe(true);
});
