import type { CatalogComponents } from '../components.ts';
import type { RolloutSignals } from './rollout-signals.ts';

/** What the parts that deal with rollouts work with. */
export interface RolloutComponents extends CatalogComponents {
  readonly signals: RolloutSignals;
  /** Called after a commit that wrote to the outbox. */
  readonly wakeOutbox: () => void;
}
