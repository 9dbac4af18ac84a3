import { expect, it } from 'vitest';
import { VirtualTimers } from '../rate/virtual-timers.ts';
import { Rounds } from './rounds.ts';

const PAUSE = 10;

function createRounds(visit: (member: string) => Promise<void>) {
  const timers = new VirtualTimers();
  return { timers, rounds: new Rounds({ schedule: timers.schedule, visit }, { pauseMs: PAUSE }) };
}

/** Lets everything run that waits for nothing but promises. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('visits each member in every round, and has no timer without members', async () => {
  const visited: string[] = [];
  const { timers, rounds } = createRounds((member) => Promise.resolve(void visited.push(member)));
  expect(timers.pending).toBe(0);
  rounds.add('a');
  rounds.add('b');
  expect(timers.pending).toBe(1);
  timers.runUntil(PAUSE);
  await settle();
  rounds.delete('a');
  timers.runUntil(2 * PAUSE);
  await settle();
  expect(visited).toEqual(['a', 'b', 'b']);
  rounds.delete('b');
  expect(timers.pending).toBe(0);
});

it('begins a round when the one before is over, whoever comes and goes meanwhile', async () => {
  const visits: (() => void)[] = [];
  const { timers, rounds } = createRounds(() => new Promise((resolve) => visits.push(resolve)));
  rounds.add('a');
  timers.runUntil(PAUSE);
  rounds.delete('a');
  rounds.add('b');
  timers.runUntil(5 * PAUSE);
  expect([visits.length, timers.pending]).toEqual([1, 0]);
  for (let done = 0; done < 2; done += 1) {
    visits.shift()?.();
    await settle();
  }
  expect(timers.pending).toBe(1);
});
