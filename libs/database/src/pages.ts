import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from './constants.ts';
import { DatabaseError } from './errors.ts';

/** Which page of a list. */
export interface PageRequest {
  /** 1 to 1000; 0 means 100. */
  readonly pageSize: number;
  /** {@link Page.nextPageToken} of the page before; empty for the first. */
  readonly pageToken: string;
}

/** A part of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
}

/**
 * The number of items a request asks for.
 * @throws DatabaseError SHOAL_DATABASE_BAD_PAGE
 */
export function pageSizeOf(request: PageRequest): number {
  const size = request.pageSize === 0 ? DEFAULT_PAGE_SIZE : request.pageSize;
  if (!Number.isInteger(size) || size < 1 || size > MAX_PAGE_SIZE) {
    throw new DatabaseError(
      'SHOAL_DATABASE_BAD_PAGE',
      `page size ${request.pageSize} is not within 1 to ${MAX_PAGE_SIZE}`,
    );
  }
  return size;
}

/**
 * Makes a page of rows that were read with a limit of `size + 1`: the one too many says that there is another page.
 * `keyOf` gives the columns the list is ordered by.
 */
export function pageOf<T>(rows: readonly T[], size: number, keyOf: (row: T) => readonly string[]): Page<T> {
  const items = rows.slice(0, size);
  const last = rows.length > size ? items.at(-1) : undefined;
  return { items, nextPageToken: last === undefined ? '' : encodeToken(keyOf(last)) };
}

/**
 * The key after which the requested page starts; undefined for the first page.
 * @throws DatabaseError SHOAL_DATABASE_BAD_PAGE for a token that no list of `parts` key columns made.
 */
export function pageKeyOf(request: PageRequest, parts: number): readonly string[] | undefined {
  if (request.pageToken === '') return undefined;
  const key = decodeToken(request.pageToken);
  if (key?.length !== parts)
    throw new DatabaseError('SHOAL_DATABASE_BAD_PAGE', 'the page token was not made by this list');
  return key;
}

/**
 * As {@link pageKeyOf}, for lists ordered by one number.
 * @throws DatabaseError SHOAL_DATABASE_BAD_PAGE
 */
export function pageSequenceOf(request: PageRequest): bigint | undefined {
  const text = pageKeyOf(request, 1)?.[0];
  if (text === undefined) return undefined;
  if (!/^\d{1,18}$/.test(text))
    throw new DatabaseError('SHOAL_DATABASE_BAD_PAGE', 'the page token was not made by this list');
  return BigInt(text);
}

function encodeToken(key: readonly string[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

function decodeToken(token: string): readonly string[] | undefined {
  try {
    const key: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    return Array.isArray(key) && key.every((part) => typeof part === 'string') ? key : undefined;
  } catch {
    return undefined;
  }
}
