import { expect, it } from 'vitest';
import { decodeBencode, encodeBencode } from '@shoal/protocol';
import { decodeAccounts, encodeAccounts } from './accounts-codec.ts';
import {
  addAccounts,
  areSame,
  combine,
  laterOf,
  NO_ACCOUNTS,
  ratioOf,
  sumOf,
  usefulBytes,
  withLost,
} from './accounts.ts';
import { TrafficLedger } from './traffic-ledger.ts';

/** Books whose numbers all differ, from `first` on. */
function someAccounts(first: number) {
  let next = first;
  return combine(() => (next += 1));
}

it('adds books number by number', () => {
  const [a, b] = [someAccounts(0), someAccounts(100)];
  const both = addAccounts(a, b);
  expect(both.uploaded.client).toBe(a.uploaded.client + b.uploaded.client);
  expect(both.overhead.downloaded).toBe(a.overhead.downloaded + b.overhead.downloaded);
  expect(laterOf(a, both)).toEqual(both);
  expect(laterOf(both, a)).toEqual(both);
  expect(areSame(both, addAccounts(b, a))).toBe(true);
  expect(areSame(both, { ...both, reused: both.reused + 1 })).toBe(false);
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

it('writes books down and reads them again, and takes what is not there for 0', () => {
  const books = someAccounts(0);
  const read = (bytes: Uint8Array) => decodeAccounts(decodeBencode(bytes));
  expect(read(encodeBencode(encodeAccounts(books)))).toEqual(books);
  expect(decodeAccounts(undefined)).toEqual(NO_ACCOUNTS);
  expect(read(Buffer.from('d10:downloadedi1e6:reusedi-1e8:uploadedd4:mooni1e6:seederi7eee'))).toEqual({
    ...NO_ACCOUNTS,
    uploaded: { ...NO_ACCOUNTS.uploaded, seeder: 7 },
  });
});

it('what was lost is not of use', () => {
  const books = someAccounts(0);
  expect(usefulBytes(withLost(books, 5))).toBe(usefulBytes(books) - 5);
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
