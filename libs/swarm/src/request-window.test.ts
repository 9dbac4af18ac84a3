import { describe, expect, it } from 'vitest';
import { BLOCK_SIZE } from '@shoal/protocol';
import { BATCHED_WINDOW, INITIAL_WINDOW } from './constants.ts';
import { RequestWindow } from './request-window.ts';

/** A window of `blocks`: a peer at no distance that sends so many in the time that may be queued. */
function windowOf(blocks: number): RequestWindow {
  const window = new RequestWindow(BLOCK_SIZE);
  window.setLimit(blocks);
  window.onRoundTrip(0);
  window.update(Number.MAX_SAFE_INTEGER, 0);
  expect(window.size).toBe(blocks);
  return window;
}

describe('RequestWindow.room', () => {
  it('is what is left of a small window, block by block', () => {
    const window = windowOf(BATCHED_WINDOW - 1);
    expect(window.room(0)).toBe(BATCHED_WINDOW - 1);
    expect(window.room(BATCHED_WINDOW - 2)).toBe(1);
    expect(window.room(BATCHED_WINDOW - 1)).toBe(0);
  });

  it('is none of a large window until half of it has come', () => {
    const window = windowOf(BATCHED_WINDOW);
    expect(window.room(0)).toBe(BATCHED_WINDOW);
    expect(window.room(BATCHED_WINDOW / 2 + 1)).toBe(0);
    expect(window.room(BATCHED_WINDOW / 2)).toBe(BATCHED_WINDOW / 2);
  });

  it('is the whole of the first window', () => {
    expect(new RequestWindow(BLOCK_SIZE).room(0)).toBe(INITIAL_WINDOW);
  });

  it('is nothing when more is on its way than the window holds', () => {
    const window = windowOf(BATCHED_WINDOW - 1);
    window.setLimit(4);
    expect(window.room(10)).toBeLessThanOrEqual(0);
  });
});
