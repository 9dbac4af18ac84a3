import { type BencodeValue, isDictionary } from '@shoal/protocol';
import { WASTE_KINDS } from '@shoal/swarm';
import { type Accounts, recordOf, SOURCE_CLASSES } from './accounts.ts';

/** Books as a bencoded dictionary, for files. */
export function encodeAccounts({ downloaded, uploaded, wasted, reused, overhead }: Accounts): BencodeValue {
  return new Map<string, BencodeValue>([
    ['downloaded', encodeRecord(downloaded)],
    ['overhead', encodeRecord(overhead)],
    ['reused', BigInt(reused)],
    ['uploaded', encodeRecord(uploaded)],
    ['wasted', encodeRecord(wasted)],
  ]);
}

/** Reads what {@link encodeAccounts} wrote. Numbers that are missing or impossible count as 0: classes may be added. */
export function decodeAccounts(value: BencodeValue | undefined): Accounts {
  const [downloaded, uploaded, wasted, overhead] = ['downloaded', 'uploaded', 'wasted', 'overhead'].map(
    (name) => field(value, name),
  );
  return {
    downloaded: recordOf(SOURCE_CLASSES, (name) => bytesOf(field(downloaded, name))),
    uploaded: recordOf(SOURCE_CLASSES, (name) => bytesOf(field(uploaded, name))),
    wasted: recordOf(WASTE_KINDS, (name) => bytesOf(field(wasted, name))),
    reused: bytesOf(field(value, 'reused')),
    overhead: {
      downloaded: bytesOf(field(overhead, 'downloaded')),
      uploaded: bytesOf(field(overhead, 'uploaded')),
    },
  };
}

function encodeRecord(bytes: Readonly<Record<string, number>>): BencodeValue {
  return new Map(Object.entries(bytes).map(([name, value]) => [name, BigInt(value)]));
}

function field(value: BencodeValue | undefined, name: string): BencodeValue | undefined {
  return value !== undefined && isDictionary(value) ? value.get(name) : undefined;
}

function bytesOf(value: BencodeValue | undefined): number {
  return typeof value === 'bigint' && value >= 0n && value <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(value)
    : 0;
}
