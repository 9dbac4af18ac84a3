import { progressOf } from '../accounts/progress.ts';
import type { TorrentLedger } from '../accounts/torrent-ledger.ts';
import type { TorrentProgress, TorrentState } from '../api/torrent.ts';
import { NO_FIGURES } from './block-sources.ts';
import type { TorrentActivation } from './torrent-activation.ts';
import type { TorrentCompletion } from './torrent-completion.ts';

/** The parts of a torrent that say how it is. */
export interface TorrentParts {
  readonly activation: TorrentActivation;
  readonly completion: TorrentCompletion;
  readonly ledger: TorrentLedger;
  /** What keeps it from working. */
  readonly error: Error | undefined;
}

/** What a torrent tells of itself. */
export function figuresOf(parts: TorrentParts): TorrentProgress {
  const { activation, completion, ledger, error } = parts;
  const { active } = activation;
  return {
    state: stateOf(parts),
    ...completion.figures(),
    ...progressOf(ledger),
    peers: active?.peers.count ?? 0,
    ...(active?.figures() ?? NO_FIGURES),
    ...(error === undefined ? {} : { error }),
  };
}

function stateOf({ activation, completion, error }: TorrentParts): TorrentState {
  if (activation.isClosed) return 'closed';
  if (error !== undefined) return 'failed';
  if (activation.active !== undefined) return completion.isSatisfied ? 'seeding' : 'downloading';
  return completion.isComplete && !activation.isLoading ? 'idle' : 'starting';
}
