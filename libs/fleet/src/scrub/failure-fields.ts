import type { Damage } from './scrub-state.ts';

/** What a damage report says of a failure. */
export function failureFields(error: unknown): Pick<Damage, 'errorCode' | 'errorMessage'> {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return {
    errorCode: typeof code === 'string' && code.startsWith('SHOAL_') ? code : 'SHOAL_FLEET_REPAIR_FAILED',
    errorMessage: error instanceof Error ? error.message : String(error),
  };
}
