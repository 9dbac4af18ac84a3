import { ShoalError, Status } from '@shoal/contracts';
import { pause, type UnitRandom } from '@shoal/fleet';
import { backoffMs, type Clock, isAbortError, type Logger } from '@shoal/service';
import { COMPLETE_BACKOFF, COMPLETE_DEADLINE_MS, METAINFO_CHUNK_BYTES } from '../constants.ts';

/** Collaborators of {@link tellCatalog}. */
export interface TellCatalogComponents {
  readonly clock: Clock;
  readonly random: UnitRandom;
  readonly logger: Logger;
}

/** Options of each attempt. */
export interface CallOptions {
  readonly signal: AbortSignal;
  /** Milliseconds. */
  readonly deadlineMs: number;
}

/** What the catalog made of it. */
export type Answer = { readonly state: 'taken' } | { readonly state: 'refused'; readonly error: ShoalError };

/** Answers that another attempt cannot change. A ticket that ran out is not among them: the client can bring a new one. */
const REFUSALS: readonly Status[] = [
  Status.ALREADY_EXISTS,
  Status.DATA_LOSS,
  Status.FAILED_PRECONDITION,
  Status.INVALID_ARGUMENT,
  Status.NOT_FOUND,
];

/**
 * Makes a call to the catalog, again and again until it says yes or no.
 * @param what logged with the first failure
 * @returns `undefined` when `signal` fired first
 */
export async function tellCatalog(
  { clock, random, logger }: TellCatalogComponents,
  call: (options: CallOptions) => Promise<unknown>,
  what: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Answer | undefined> {
  for (let failures = 1; !signal.aborted; failures += 1) {
    try {
      await call({ signal, deadlineMs: COMPLETE_DEADLINE_MS });
      return { state: 'taken' };
    } catch (error) {
      if (error instanceof ShoalError && REFUSALS.includes(error.status)) return { state: 'refused', error };
      if (isAbortError(error)) return undefined;
      if (failures === 1) logger.warn({ err: error, ...what }, 'the catalog was not told; trying again');
      await pause(clock, backoffMs(failures, { ...COMPLETE_BACKOFF, random }), signal);
    }
  }
  return undefined;
}

/** A metainfo as the messages it travels in. */
export function* metainfoParts(
  metainfo: Uint8Array,
): Generator<{ readonly part: { readonly $case: 'metainfo'; readonly value: Uint8Array } }> {
  for (let sent = 0; sent < metainfo.length; sent += METAINFO_CHUNK_BYTES) {
    yield { part: { $case: 'metainfo', value: metainfo.subarray(sent, sent + METAINFO_CHUNK_BYTES) } };
  }
}
