import { checkText, invalid } from './check-names.ts';

/** Labels of an artifact or host, or of a selector, at most. */
const MAX_LABELS = 64;

const KEY = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$/;

/**
 * Checks the labels of an artifact or host, or those a selector asks for.
 * @throws CatalogError SHOAL_CATALOG_INVALID_REQUEST
 */
export function checkLabels(field: string, labels: Readonly<Record<string, string>>): void {
  const entries = Object.entries(labels);
  if (entries.length > MAX_LABELS)
    throw invalid(field, `${entries.length} labels, at most ${MAX_LABELS} are allowed`);
  for (const [key, value] of entries) {
    if (!KEY.test(key)) {
      const shown = JSON.stringify(key.slice(0, 64));
      throw invalid(`a key of ${field}`, `${shown}, wanted: 1 to 63 characters of [A-Za-z0-9._/-]`);
    }
    checkText(`${field}.${key}`, value);
  }
}
