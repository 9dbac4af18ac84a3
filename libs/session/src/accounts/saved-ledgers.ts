import type { SessionLogger } from '../api/session-logger.ts';
import type { Schedule } from '../system.ts';
import { LEDGER_INTERVAL } from './constants.ts';
import { Rounds } from './rounds.ts';
import type { TorrentLedger } from './torrent-ledger.ts';

/** Ledgers that are written from time to time. One that cannot be is logged, and tried again. */
export function createSavedLedgers(components: {
  readonly schedule: Schedule;
  readonly logger: SessionLogger;
}): Rounds<TorrentLedger> {
  const { schedule, logger } = components;
  return new Rounds({ schedule, visit: (ledger) => saveOrLog(ledger, logger) }, { pauseMs: LEDGER_INTERVAL });
}

/** As {@link TorrentLedger.save}, for those who have nothing to do about a failure. */
export async function saveOrLog(
  ledger: TorrentLedger,
  logger: SessionLogger,
  timeStep?: number,
): Promise<void> {
  try {
    await ledger.save(timeStep);
  } catch (error) {
    logger.warn({ error, torrent: ledger.name }, 'cannot write the books of a torrent, will be tried again');
  }
}
