import type { ChokerPolicy, PickerPolicy, Random } from '@shoal/swarm';

/** Makes the policies of each host: they keep state, so that every host needs its own. */
export interface HostPolicies {
  readonly leechingChoker: (random: Random) => ChokerPolicy;
  readonly seedingChoker: (random: Random) => ChokerPolicy;
  readonly picker: (random: Random) => PickerPolicy;
}
