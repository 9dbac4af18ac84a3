import type { TorrentActivation } from './torrent-activation.ts';
import { RetriedFailure } from './retried-failure.ts';
import type { TorrentCompletion } from './torrent-completion.ts';
import type { TorrentEnvironment } from './torrent-environment.ts';
import type { TorrentSelection } from './torrent-selection.ts';

/** Collaborators of {@link TorrentWork}. */
export interface TorrentWorkComponents {
  readonly environment: Pick<TorrentEnvironment, 'clock' | 'logger'>;
  readonly activation: TorrentActivation;
  readonly completion: TorrentCompletion;
  readonly selection: TorrentSelection;
  /** There is something to do at the next tick. */
  readonly wake: () => void;
  /** The torrent has become complete. */
  readonly onComplete: () => Promise<void>;
}

/**
 * What a torrent does without being asked: it becomes active while something is wanted, and puts in order what has come.
 * A failure is kept for callers, and what failed is tried again after a pause.
 */
export class TorrentWork {
  readonly #components: TorrentWorkComponents;
  readonly #name: string;
  readonly #failure = new RetriedFailure();

  /** @param init.name the torrent's, for logs */
  constructor(components: TorrentWorkComponents, init: { readonly name: string }) {
    this.#components = components;
    this.#name = init.name;
  }

  /** What keeps the torrent from working, until it is tried again. */
  get error(): Error | undefined {
    return this.#failure.error;
  }

  /** Activates the torrent in the background. */
  start(): void {
    const { wake, activation } = this.#components;
    wake();
    activation.get().catch((error: unknown) => this.fail(error));
  }

  /** As {@link complete}, in the background. */
  finish(): void {
    this.complete().catch((error: unknown) => this.fail(error));
  }

  /** Everything that is wanted is written: puts it in its place, makes it durable, learns piece layers, then says so. */
  async complete(): Promise<void> {
    const { activation, completion, selection, onComplete } = this.#components;
    const { revision } = selection;
    await activation.active?.store.arrange(selection.arrangement(true));
    await activation.sync();
    await activation.learnLayers();
    // Something else may be wanted by now.
    if (activation.active?.core.isSatisfied !== true || revision !== selection.revision) return;
    if (completion.satisfy()) await onComplete();
  }

  /** Something worked: the next pause is short again. */
  onSuccess(): void {
    this.#failure.reset();
  }

  fail(cause: unknown): void {
    const { environment, activation, completion, wake } = this.#components;
    if (activation.isClosed) return;
    const error = this.#failure.set(cause, environment.clock.now());
    completion.reject(error);
    environment.logger.warn({ error, torrent: this.#name }, 'torrent failed, will be tried again');
    wake();
  }

  /** Tries again what failed, when it is time to. */
  tick(now: number): void {
    if (!this.#failure.takeDue(now)) return;
    const { activation, completion } = this.#components;
    const { active } = activation;
    if (active === undefined) {
      if (!completion.isSatisfied) this.start();
    } else if (active.core.isSatisfied && !completion.isSatisfied) {
      this.finish();
    } else {
      active.core.setPaused(false);
    }
  }
}
