import { BLOCK_SIZE } from '@shoal/protocol';
import { CONNECT_WITHIN, LINK_BUFFER, SEND_BUFFER, VERIFY_DELAY } from './constants.ts';
import { STREAM_OVERHEAD } from './network/wire-size.ts';
import type { SwarmScenario } from './scenario.ts';

/** Defaults of what a scenario leaves out. */
const DEFAULTS = {
  description: '',
  seeders: 1,
  blockSize: BLOCK_SIZE,
  rateOf: 'wire',
  hosts: [],
  zones: [{ name: 'all' }],
  graph: { policy: 'full-mesh' },
  policies: {},
  firstCopies: true,
  churn: [],
  linkBuffer: LINK_BUFFER,
  sendBuffer: SEND_BUFFER,
  verifyDelay: VERIFY_DELAY,
  connectWithin: CONNECT_WITHIN,
} as const satisfies Partial<SwarmScenario>;

/** A scenario in which nothing is left out but what stands for "without bound" or "the engine's own". */
export type ResolvedScenario = SwarmScenario &
  Required<Omit<SwarmScenario, 'uploadSlots'>> & {
    /** Bytes on the wire that each byte of a rate stands for. */
    readonly wireFactor: number;
  };

export function resolveScenario(scenario: SwarmScenario): ResolvedScenario {
  return {
    ...DEFAULTS,
    zoneLatency: scenario.latency,
    ...scenario,
    blockSize: Math.min(scenario.blockSize ?? BLOCK_SIZE, scenario.pieceSize),
    wireFactor: scenario.rateOf === 'payload' ? STREAM_OVERHEAD : 1,
  };
}
