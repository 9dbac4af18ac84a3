import { BLOCK_SIZE } from '@shoal/protocol';
import { POLICY_NAMES } from '../policies.ts';
import type { HostSelector, SwarmScenario } from '../scenario.ts';
import { ScenarioError } from '../scenario-error.ts';
import { bytes, integer, rate, share, time } from './quantity.ts';
import { boolean, list, object, oneOf, type Reader, text } from './reader.ts';

/** Most hosts of a scenario: ten times the largest fleet that was run. */
const MAX_HOSTS = 100_000;

/** Most pieces of a torrent; 16 TiB in the largest pieces. */
const MAX_PIECES = 1_000_000;

/** Most entries of a list in a scenario. */
const MAX_ENTRIES = 1_000;

const MAX_SEED = 0xffff_ffff;

const select: Reader<HostSelector> = (value, path) =>
  Array.isArray(value)
    ? list(integer(0, MAX_HOSTS), MAX_ENTRIES)(value, path)
    : oneOf(['all', 'seeders', 'leechers'])(value, path);

const readScenario = object(
  { leechers: integer(1, MAX_HOSTS), size: bytes, pieceSize: bytes, rate, latency: time, limit: time },
  {
    description: text,
    seed: integer(0, MAX_SEED),
    seeders: integer(1, MAX_HOSTS),
    blockSize: bytes,
    rateOf: oneOf(['wire', 'payload']),
    hosts: list(object({ select }, { share, up: rate, down: rate }), MAX_ENTRIES),
    zones: list(object({ name: text }, { up: rate, down: rate }), MAX_ENTRIES),
    zoneLatency: time,
    graph: object(
      { policy: oneOf(POLICY_NAMES.graph) },
      { degree: integer(2, MAX_HOSTS), longLinks: integer(0, MAX_HOSTS) },
    ),
    policies: object(
      {},
      {
        choker: oneOf(POLICY_NAMES.choker),
        seederChoker: oneOf(POLICY_NAMES.seederChoker),
        picker: oneOf(POLICY_NAMES.picker),
      },
    ),
    firstCopies: boolean,
    uploadSlots: integer(1, MAX_ENTRIES),
    churn: list(
      object(
        { select },
        {
          share,
          at: time,
          within: time,
          afterSent: copies,
          back: time,
          keeps: boolean,
        },
      ),
      MAX_ENTRIES,
    ),
    linkBuffer: time,
    sendBuffer: bytes,
    verifyDelay: time,
    connectWithin: time,
  },
);

/** A multiple of the content's size. */
function copies(value: unknown, path: string): number {
  if (typeof value === 'number' && value >= 0 && value <= MAX_HOSTS) return value;
  throw new ScenarioError(path, 'a multiple of the size such as 1.2', value);
}

/**
 * Reads a scenario, as a YAML or JSON parser gives it.
 * @throws ScenarioError that names the field and what belongs there
 */
export function parseScenario(value: unknown): SwarmScenario {
  const { seed = 1, ...scenario } = readScenario(value, '');
  const { size, pieceSize, blockSize } = scenario;
  if (blockSize !== undefined && (blockSize % BLOCK_SIZE !== 0 || blockSize > pieceSize)) {
    throw new ScenarioError('blockSize', 'a multiple of 16 KiB, at most pieceSize', blockSize);
  }
  if (!Number.isInteger(pieceSize) || pieceSize % BLOCK_SIZE !== 0) {
    throw new ScenarioError('pieceSize', 'a multiple of 16 KiB', pieceSize);
  }
  if (size / pieceSize > MAX_PIECES) throw new ScenarioError('size', `at most ${MAX_PIECES} pieces`, size);
  for (const [index, churn] of (scenario.churn ?? []).entries()) {
    if (churn.at === undefined && churn.afterSent === undefined) {
      throw new ScenarioError(`churn[${index}]`, 'at or afterSent', churn);
    }
  }
  return { ...scenario, seed };
}
