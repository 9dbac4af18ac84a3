import { createSeededRandom } from '@shoal/swarm';
import { describe, expect, it } from 'vitest';
import { EventQueue } from './event-queue.ts';

describe('EventQueue', () => {
  it('has events happen in the order of their time, and of being set where that is equal', () => {
    const queue = new EventQueue();
    const random = createSeededRandom(7);
    const planned = Array.from({ length: 3_000 }, (_, order) => ({ time: random.below(100), order }));
    const seen: typeof planned = [];
    for (const event of planned) {
      queue.after(event.time, () => {
        expect(queue.now()).toBe(event.time);
        seen.push(event);
      });
    }
    while (queue.step(Infinity));
    expect(seen).toEqual([...planned].sort((a, b) => a.time - b.time || a.order - b.order));
  });

  it('has events that are set while others happen take their turn among those of that moment', () => {
    const queue = new EventQueue();
    const seen: string[] = [];
    const plan = (time: number, name: string, then = (): void => undefined): void => {
      queue.at(time, {
        fire: () => {
          seen.push(`${name} ${queue.now()}`);
          then();
        },
      });
    };
    plan(5, 'first', () => plan(5, 'sixth'));
    plan(5, 'second');
    plan(4, 'earlier', () => {
      plan(4, 'at once');
      plan(5, 'fourth', () => plan(5, 'seventh'));
      plan(5, 'fifth');
    });
    plan(5, 'third');
    while (queue.step(Infinity));
    expect(seen).toEqual([
      'earlier 4',
      'at once 4',
      'first 5',
      'second 5',
      'third 5',
      'fourth 5',
      'fifth 5',
      'sixth 5',
      'seventh 5',
    ]);
    expect(queue.fired).toBe(9);
  });

  it('stops at the limit and goes on from there', () => {
    const queue = new EventQueue();
    queue.after(10, () => undefined);
    expect(queue.step(9)).toBe(false);
    queue.skipTo(9);
    expect([queue.now(), queue.step(10), queue.now(), queue.fired]).toEqual([9, true, 10, 1]);
  });

  it('takes a time in the past for now', () => {
    const queue = new EventQueue();
    queue.skipTo(5);
    queue.at(1, { fire: () => undefined });
    queue.step(Infinity);
    expect(queue.now()).toBe(5);
  });
});
