import { beforeEach, expect, it } from 'vitest';
import { MAX_FAILED_REQUESTS, MAX_UNWANTED_ANSWERS, METADATA_TIMEOUT, REJECT_HOLD } from './constants.ts';
import { RequestBook } from './request-book.ts';
import { TestSource } from './test-source.ts';

const WINDOW = 2;

let now: number;
let returned: number[];
let book: RequestBook<number>;
let peer: TestSource;

beforeEach(() => {
  now = 0;
  returned = [];
  book = new RequestBook(
    { clock: { now: () => now }, onReturned: (item) => returned.push(item) },
    { window: WINDOW },
  );
  peer = new TestSource();
  book.add(peer);
});

function ask(item: number): void {
  book.enter(peer, String(item), item);
}

it('asks a source for as much as its window holds', () => {
  expect([...book.ready()]).toEqual([peer]);
  ask(1);
  ask(2);
  expect(book.hasRoom(peer)).toBe(false);
  expect(book.isAsked(peer, '1')).toBe(true);
  expect(book.settle(peer, '1', 'answered')).toBe(1);
  expect(book.isAsked(peer, '1')).toBe(false);
  expect(book.hasRoom(peer)).toBe(true);
});

it('takes an answer once, and of those who were asked only', () => {
  const other = new TestSource();
  book.add(other);
  ask(1);
  expect(book.settle(other, '1', 'answered')).toBeUndefined();
  expect(book.settle(new TestSource(), '1', 'answered')).toBeUndefined();
  expect(book.settle(peer, '1', 'answered')).toBe(1);
  expect(book.settle(peer, '1', 'answered')).toBeUndefined();
});

it('hangs up on who keeps answering what nobody asked for', () => {
  for (let count = 0; count < MAX_UNWANTED_ANSWERS; count += 1) book.settle(peer, 'x', 'answered');
  expect(peer.closed).toEqual([]);
  book.settle(peer, 'x', 'answered');
  expect(peer.closed).toHaveLength(1);
});

it('asks who rejects again after a pause, and hangs up when that is all it does', () => {
  for (let count = 1; count < MAX_FAILED_REQUESTS; count += 1) {
    ask(count);
    expect(book.settle(peer, String(count), 'rejected')).toBe(count);
    expect(book.hasRoom(peer)).toBe(false);
    now += REJECT_HOLD;
    expect(book.hasRoom(peer)).toBe(true);
  }
  ask(0);
  book.settle(peer, '0', 'answered');
  ask(1);
  book.settle(peer, '1', 'rejected');
  expect(peer.closed).toEqual([]);
  for (let count = 1; count < MAX_FAILED_REQUESTS; count += 1) {
    ask(count);
    book.settle(peer, String(count), 'rejected');
  }
  expect(peer.closed).toHaveLength(1);
});

it('gives back what is not answered in time, and takes no late answer for it', () => {
  ask(1);
  now = METADATA_TIMEOUT - 1;
  ask(2);
  book.tick();
  expect(returned).toEqual([]);
  now = METADATA_TIMEOUT;
  book.tick();
  expect(returned).toEqual([1]);
  expect(book.hasRoom(peer)).toBe(false);
  expect(book.settle(peer, '1', 'answered')).toBeUndefined();
  expect(book.settle(peer, '2', 'answered')).toBe(2);
});

it('gives back what a source owes that is gone', () => {
  ask(1);
  ask(2);
  book.remove(peer);
  expect(returned).toEqual([1, 2]);
  expect([book.has(peer), [...book.ready()]]).toEqual([false, []]);
  book.remove(peer);
  expect(returned).toEqual([1, 2]);
});
