import { expect, it } from 'vitest';
import { accountsSince, addAccounts, combine, NO_ACCOUNTS, ratioOf, sumOf } from './accounts.ts';
import { TrafficLedger } from './traffic-ledger.ts';

/** Books whose numbers all differ, from `first` on. */
function someAccounts(first: number) {
  let next = first;
  return combine(() => (next += 1));
}

it('adds books number by number, and takes them apart again', () => {
  const [a, b] = [someAccounts(0), someAccounts(100)];
  const both = addAccounts(a, b);
  expect(both.uploaded.client).toBe(a.uploaded.client + b.uploaded.client);
  expect(both.overhead.downloaded).toBe(a.overhead.downloaded + b.overhead.downloaded);
  expect(accountsSince(a, both)).toEqual(b);
  expect(addAccounts(NO_ACCOUNTS, a)).toEqual(a);
});

it('keeps the books of the whole beside those of its parts', () => {
  const whole = new TrafficLedger();
  const [a, b] = [new TrafficLedger(whole), new TrafficLedger(whole)];
  a.received('seeder', 1);
  a.received('origin', 2);
  a.waste.add('duplicate', 3);
  b.sent('same-rack', 4);
  b.heard(5);
  b.said(6);
  b.reused(7);
  b.waste.add('failed', 8);
  expect(whole.accounts()).toEqual(addAccounts(a.accounts(), b.accounts()));
  expect(sumOf(a.accounts().downloaded)).toBe(3);
  expect(b.accounts()).toMatchObject({ reused: 7, overhead: { downloaded: 5, uploaded: 6 } });
});

it('a copy of the books does not change with them', () => {
  const ledger = new TrafficLedger();
  const before = ledger.accounts();
  ledger.received('client', 1);
  ledger.waste.add('lost', 1);
  expect(before).toEqual(NO_ACCOUNTS);
});

it('knows a ratio as soon as something of use came', () => {
  const ledger = new TrafficLedger();
  expect(ratioOf(ledger.accounts())).toBeUndefined();
  ledger.sent('client', 300);
  ledger.received('client', 150);
  ledger.waste.add('duplicate', 50);
  expect(ratioOf(ledger.accounts())).toBe(3);
  ledger.reused(100);
  expect(ratioOf(ledger.accounts())).toBe(1.5);
});
