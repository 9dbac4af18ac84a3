import type { ClientName } from '../harness/clients.ts';

/** How a transfer is carried over a link that it shares. */
export interface Contender {
  readonly name: string;
  readonly summary: string;
  readonly client: ClientName;
  /** Congestion control of the seeders' TCP. */
  readonly congestion: 'cubic' | 'bbr';
  /** Whose turn it is in the queue before the link: link.py says what each means. */
  readonly discipline: 'fifo' | 'fair' | 'priority';
  /** `--opt` of the contestants, given what the link carries in Mbit/s and how many seeders there are. */
  readonly options: (rate: number, seeders: number) => readonly string[];
}

/** Share of the link that a limited transfer takes. */
const LIMITED_SHARE = 0.4;

const UTP_ONLY = [
  'enable_outgoing_utp=1',
  'enable_incoming_utp=1',
  'enable_outgoing_tcp=0',
  'enable_incoming_tcp=0',
];

const shoal = { client: 'shoal', congestion: 'cubic', discipline: 'fifo', options: () => [] } as const;

export const CONTENDERS: readonly Contender[] = [
  { ...shoal, name: 'shoal', summary: 'Shoal over TCP (CUBIC)' },
  { ...shoal, name: 'shoal-bbr', summary: 'Shoal over TCP (BBR)', congestion: 'bbr' },
  { ...shoal, name: 'libtorrent-tcp', summary: 'libtorrent over TCP (CUBIC)', client: 'libtorrent' },
  {
    ...shoal,
    name: 'libtorrent-utp',
    summary: 'libtorrent over µTP alone',
    client: 'libtorrent',
    options: () => UTP_ONLY,
  },
  {
    ...shoal,
    name: 'shoal-limited',
    summary: `Shoal with an upload limit that leaves ${100 - 100 * LIMITED_SHARE} % of the link`,
    options: (rate, seeders) => [`up=${Math.floor((rate * LIMITED_SHARE * 1e6) / 8 / 1024 / seeders)}`],
  },
  { ...shoal, name: 'shoal-fair', summary: 'Shoal, and flows queued fairly', discipline: 'fair' },
  {
    ...shoal,
    name: 'shoal-low',
    summary: 'Shoal, its traffic in a class below the others',
    discipline: 'priority',
  },
];
