import type { ChokerPolicy } from './choker-policy.ts';
import { createDebtChoker } from './debt-choker-policy.ts';
import type { PickerPolicy } from './picker-policy.ts';
import { createRandomPicker } from './random-picker-policy.ts';
import type { Random } from './random.ts';
import { createRarestFirstPicker } from './rarest-first-picker-policy.ts';
import { createSequentialPicker } from './sequential-picker-policy.ts';
import { createSeederChoker } from './seeder-choker-policy.ts';
import { createTitForTatChoker } from './tit-for-tat-choker-policy.ts';

/** Makes a policy. Policies may keep state: one for each core. */
export type PolicyFactory<P> = (components: { readonly random: Random }) => P;

/** The policies that can be chosen by name. The first of each kind is the default. */
export interface PolicyRegistry {
  /** Whom a leecher sends to. */
  readonly choker: Readonly<Record<string, PolicyFactory<ChokerPolicy>>>;
  /** Whom a peer sends to that has everything. */
  readonly seederChoker: Readonly<Record<string, PolicyFactory<ChokerPolicy>>>;
  /** Which piece is fetched next. */
  readonly picker: Readonly<Record<string, PolicyFactory<PickerPolicy>>>;
}

export const POLICIES: PolicyRegistry = {
  choker: {
    'tit-for-tat': createTitForTatChoker,
    'least-debt': createDebtChoker,
    'least-served': createSeederChoker,
  },
  seederChoker: { 'least-served': createSeederChoker },
  picker: {
    'rarest-first': createRarestFirstPicker,
    random: createRandomPicker,
    sequential: createSequentialPicker,
  },
};
