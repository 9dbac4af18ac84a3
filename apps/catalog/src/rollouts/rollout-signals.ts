/** Tells the watchers of a rollout in this process that it has changed. */
export interface RolloutSignals {
  changed(rolloutId: string): void;
  /** Calls `listener` at each change of a rollout. Returns the function that ends that. */
  listen(rolloutId: string, listener: () => void): () => void;
}

export function createRolloutSignals(): RolloutSignals {
  const listeners = new Map<string, Set<() => void>>();
  return {
    changed(rolloutId) {
      for (const listener of listeners.get(rolloutId) ?? []) listener();
    },
    listen(rolloutId, listener) {
      const ofRollout = listeners.get(rolloutId) ?? new Set();
      listeners.set(rolloutId, ofRollout.add(listener));
      return () => {
        ofRollout.delete(listener);
        if (ofRollout.size === 0) listeners.delete(rolloutId);
      };
    },
  };
}
