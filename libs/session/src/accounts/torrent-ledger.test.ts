import { expect, it } from 'vitest';
import { VirtualTimers } from '../rate/virtual-timers.ts';
import { type Accounts, NO_ACCOUNTS, usefulBytes } from './accounts.ts';
import { SEED_TIME_STEP } from './constants.ts';
import { type LedgerState, NEW_LEDGER } from './ledger-file.ts';
import { TorrentLedger } from './torrent-ledger.ts';
import { TrafficLedger } from './traffic-ledger.ts';

/** A file in memory. */
class MemoryFile {
  state = NEW_LEDGER;
  writes = 0;
  failure: Error | undefined;

  read(): Promise<LedgerState> {
    return Promise.resolve(this.state);
  }

  write(state: LedgerState): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    this.state = state;
    this.writes += 1;
    return Promise.resolve();
  }
}

function createLedger(file: MemoryFile, init: { countsTime?: boolean; elsewhere?: Accounts } = {}) {
  const clock = new VirtualTimers();
  const others = { accounts: () => init.elsewhere ?? NO_ACCOUNTS, end: () => Promise.resolve() };
  const ledger = new TorrentLedger(
    { clock, whole: new TrafficLedger(), file, others },
    { name: 'a', countsTime: init.countsTime ?? false },
  );
  return { clock, ledger };
}

function received(bytes: number): Accounts {
  return { ...NO_ACCOUNTS, downloaded: { ...NO_ACCOUNTS.downloaded, seeder: bytes } };
}

it('adds this run, and other loops, to what the file says, and writes only what is new', async () => {
  const file = new MemoryFile();
  file.state = { accounts: received(100), seedMillis: 5 };
  const { ledger } = createLedger(file, { elsewhere: received(10) });
  ledger.traffic.received('seeder', 1);
  expect((await ledger.lifetime()).accounts.downloaded.seeder).toBe(111);
  await Promise.all([ledger.save(), ledger.save()]);
  expect(file.writes).toBe(1);
  expect(file.state).toEqual({ accounts: received(111), seedMillis: 5 });
  ledger.traffic.received('seeder', 1);
  await ledger.save();
  expect(file.state.accounts).toEqual(received(112));
});

it('writes what could not be written the next time', async () => {
  const file = new MemoryFile();
  const { ledger } = createLedger(file);
  ledger.traffic.received('seeder', 1);
  file.failure = new Error('no space');
  await expect(ledger.save()).rejects.toBe(file.failure);
  file.failure = undefined;
  await ledger.save();
  expect(file.state.accounts).toEqual(received(1));
});

it('goes on with a fetch from the later of both files, and calls lost what is not there', async () => {
  const file = new MemoryFile();
  // Written 30 bytes before the resume file was; 1000 are of earlier fetches.
  file.state = { accounts: received(1_070), seedMillis: 0 };
  const { ledger } = createLedger(file);
  await ledger.resume({ fetch: received(100), lifetime: received(1_100) }, 80);
  expect(ledger.fetch()).toMatchObject({ downloaded: { seeder: 100 }, wasted: { lost: 20 } });
  ledger.traffic.received('client', 20);
  expect(usefulBytes(ledger.fetch())).toBe(100);
  const { accounts } = await ledger.lifetime();
  expect(accounts).toMatchObject({ downloaded: { seeder: 1_100, client: 20 }, wasted: { lost: 20 } });
  // What is written next is gone on with in the same way.
  const next = createLedger(file).ledger;
  await next.resume(ledger.books(), 100);
  expect(next.books()).toEqual(ledger.books());
});

it('takes no books of a fetch twice', async () => {
  const { ledger } = createLedger(new MemoryFile());
  await ledger.resume({ fetch: received(1), lifetime: received(1) }, 1);
  await ledger.resume({ fetch: received(7), lifetime: received(7) }, 7);
  expect(ledger.fetch()).toEqual(received(1));
});

it('counts seed time over runs; where a limit counts it, it is a reason to write', async () => {
  const file = new MemoryFile();
  const first = createLedger(file, { countsTime: true });
  first.clock.runUntil(1_000);
  first.ledger.startSeeding();
  first.clock.runUntil(1_000 + SEED_TIME_STEP - 1);
  await first.ledger.save();
  expect(file.writes).toBe(0);
  await first.ledger.save(1);
  expect(file.state.seedMillis).toBe(SEED_TIME_STEP - 1);
  first.clock.runUntil(1_000 + 2 * SEED_TIME_STEP);
  await first.ledger.save();
  expect(file.state.seedMillis).toBe(2 * SEED_TIME_STEP);
  const second = createLedger(file);
  second.ledger.startSeeding();
  second.clock.runUntil(500);
  expect((await second.ledger.lifetime()).seedMillis).toBe(2 * SEED_TIME_STEP + 500);
  await second.ledger.save(1);
  expect(file.writes).toBe(2);
});
