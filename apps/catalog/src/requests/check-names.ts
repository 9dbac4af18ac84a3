import { CatalogError } from '../errors.ts';

/** Rules of names (proto: UploadHeader, HelloRequest). A name is also a directory on hosts and a path in URLs. */
const NAME = /^[a-z0-9][a-z0-9._-]{0,127}$/;
const VERSION = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$/;
const HOST_ID = /^[a-z0-9.-]{1,128}$/;
const ID = /^[A-Za-z0-9_-]{1,64}$/;

/** Longest free text of a request, for example a zone, in characters. */
const MAX_TEXT = 128;

/** Control characters break logs and headers, and the database takes no NUL. */
const CONTROL = /\p{Cc}/u;

/** @throws CatalogError SHOAL_CATALOG_INVALID_REQUEST */
export function checkNamespace(namespace: string): void {
  if (namespace === '') throw invalid('namespace', 'empty; use "default" where there is only one');
  match('namespace', namespace, NAME, '1 to 128 characters of [a-z0-9._-], starting with a letter or digit');
}

/** The name of an artifact. @throws CatalogError SHOAL_CATALOG_INVALID_REQUEST */
export function checkName(name: string): void {
  match('name', name, NAME, '1 to 128 characters of [a-z0-9._-], starting with a letter or digit');
}

/** @throws CatalogError SHOAL_CATALOG_INVALID_REQUEST */
export function checkVersion(version: string): void {
  match(
    'version',
    version,
    VERSION,
    '1 to 128 characters of [A-Za-z0-9._+-], starting with a letter or digit',
  );
}

/** A version, or the empty text that stands for the one published last. */
export function checkVersionOrNewest(version: string): void {
  if (version !== '') checkVersion(version);
}

/** The id of a host or seeder. @throws CatalogError SHOAL_CATALOG_INVALID_REQUEST */
export function checkHostId(hostId: string, field = 'host_id'): void {
  match(field, hostId, HOST_ID, '1 to 128 characters of [a-z0-9.-]');
}

/** An id that the catalog itself handed out. @throws CatalogError SHOAL_CATALOG_INVALID_REQUEST */
export function checkId(field: string, id: string): void {
  match(field, id, ID, 'an id that the catalog handed out');
}

/** Free text: bounded, without control characters; may be empty. @throws CatalogError SHOAL_CATALOG_INVALID_REQUEST */
export function checkText(field: string, text: string): void {
  if (text.length > MAX_TEXT) throw invalid(field, `longer than ${MAX_TEXT} characters`);
  if (CONTROL.test(text)) throw invalid(field, 'text with control characters in it');
}

/** Raised for a field of a request that cannot be used. */
export function invalid(field: string, what: string): CatalogError {
  return new CatalogError('SHOAL_CATALOG_INVALID_REQUEST', `${field} is ${what}`);
}

function match(field: string, value: string, rule: RegExp, wanted: string): void {
  if (!rule.test(value)) throw invalid(field, `${JSON.stringify(value.slice(0, 64))}, wanted: ${wanted}`);
}
