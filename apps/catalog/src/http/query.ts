import { TargetState, targetWord } from '@shoal/contracts';
import type { PageRequest } from '@shoal/database';
import { invalid } from '../requests/check-names.ts';

/**
 * The page a query asks for: `pageSize`, `pageToken`. The bounds are checked where the page is read.
 * @throws CatalogError SHOAL_CATALOG_INVALID_REQUEST
 */
export function pageOf(query: URLSearchParams): PageRequest {
  const size = query.get('pageSize') ?? '0';
  if (!/^\d{1,4}$/.test(size))
    throw invalid('pageSize', `${JSON.stringify(size.slice(0, 16))}, wanted: a number`);
  return { pageSize: Number(size), pageToken: query.get('pageToken') ?? '' };
}

/**
 * The states a query asks for, as words: `state=failed&state=waiting`. None: any state.
 * @throws CatalogError SHOAL_CATALOG_INVALID_REQUEST
 */
export function targetStatesOf(query: URLSearchParams): TargetState[] {
  return query.getAll('state').map((word) => {
    const state = Object.values(TargetState).find((known) => targetWord(known) === word);
    if (state !== undefined) return state;
    throw invalid('state', `${JSON.stringify(word.slice(0, 16))}, which is no state of a target`);
  });
}
