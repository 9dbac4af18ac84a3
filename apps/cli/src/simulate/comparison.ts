import { ShoalError } from '@shoal/contracts';
import { setField } from '@shoal/simulator';
import { Status } from 'nice-grpc-common';
import { parseValue } from './load-scenario.ts';

/** A scenario to run, and what it is called in the table. */
export interface Variant {
  readonly label: string;
  /** Not checked yet. */
  readonly scenario: unknown;
}

/**
 * The scenarios that a comparison such as `choker=tit-for-tat,least-debt` asks for, one for each value; without one, the
 * scenario itself.
 * @throws ShoalError SHOAL_CLI_USAGE when it is not of that form
 */
export function variantsOf(scenario: unknown, comparison: string | undefined): readonly Variant[] {
  if (comparison === undefined) return [{ label: '', scenario }];
  const [, field, values] = /^([\w.]{1,63})=(.+)$/.exec(comparison) ?? [];
  if (field === undefined || values === undefined) {
    throw new ShoalError({
      code: 'SHOAL_CLI_USAGE',
      status: Status.INVALID_ARGUMENT,
      message: `--compare ${comparison}: expected field=value,value`,
      remedy:
        'Name a field of the scenario and its values, for example --compare choker=tit-for-tat,least-debt.',
    });
  }
  return values.split(',').map((value) => ({
    label: `${field}=${value}`,
    scenario: setField(scenario, field, parseValue(value)),
  }));
}
