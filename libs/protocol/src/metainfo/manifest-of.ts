import { EntryTable } from '../manifest/entry-table.ts';
import type { Entries } from '../manifest/manifest.ts';
import { MetainfoError } from './metainfo-error.ts';
import type { Metainfo } from './metainfo.ts';

/**
 * The manifest of a torrent's tree, in canonical order and with all roots, so that its content digest can be taken.
 * @throws MetainfoError SHOAL_METAINFO_NO_ROOTS for a v1 torrent
 */
export function manifestOf(metainfo: Pick<Metainfo, 'format' | 'files'>): Entries {
  if (metainfo.format === 'v1') {
    throw MetainfoError.of('SHOAL_METAINFO_NO_ROOTS', 'a v1 torrent has no Merkle roots');
  }
  return EntryTable.of(metainfo.files);
}
