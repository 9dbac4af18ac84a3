import {
  type ChokerPolicy,
  createRarestFirstPicker,
  createSeederChoker,
  createTitForTatChoker,
  type PickerPolicy,
  type Random,
} from '@shoal/swarm';

/** Makes the policies of each host: they keep state, so that every host needs its own. */
export interface HostPolicies {
  readonly leechingChoker: (random: Random) => ChokerPolicy;
  readonly seedingChoker: (random: Random) => ChokerPolicy;
  readonly picker: (random: Random) => PickerPolicy;
}

/** What the engine does by default. */
export const DEFAULT_POLICIES: HostPolicies = {
  leechingChoker: (random) => createTitForTatChoker({ random }),
  seedingChoker: () => createSeederChoker(),
  picker: (random) => createRarestFirstPicker({ random }),
};
