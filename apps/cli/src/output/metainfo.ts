import { infoHashHex, type Metainfo, type MetainfoEntry } from '@shoal/protocol';
import { formatBytes } from './format.ts';
import { tableLines } from './table.ts';
import type { Json } from './json.ts';

/** The fields that `torrent create` and `torrent show` print. */
export function metainfoFields(metainfo: Metainfo): [string, string][] {
  const fields: [string, string][] = [
    ['name', metainfo.name],
    ['format', metainfo.format],
    ['size', `${formatBytes(metainfo.totalSize)} (${metainfo.totalSize} bytes)`],
    ['files', String(metainfo.files.length)],
    ['pieces', `${metainfo.pieceCount} × ${formatBytes(metainfo.pieceLength)}`],
    ['private', metainfo.private ? 'yes' : 'no'],
  ];
  if (metainfo.source !== undefined) fields.push(['source', metainfo.source]);
  if (metainfo.infoHashV1 !== undefined) fields.push(['info-hash v1', infoHashHex(metainfo.infoHashV1)]);
  if (metainfo.infoHashV2 !== undefined) fields.push(['info-hash v2', infoHashHex(metainfo.infoHashV2)]);
  for (const tier of metainfo.announceTiers) fields.push(['tracker', tier.join(', ')]);
  for (const url of metainfo.webSeeds) fields.push(['web seed', url]);
  return fields;
}

/** What `--json` prints of a metainfo. */
export function metainfoJson(metainfo: Metainfo, withFiles: boolean): Readonly<Record<string, Json>> {
  return {
    name: metainfo.name,
    format: metainfo.format,
    size: metainfo.totalSize,
    fileCount: metainfo.files.length,
    pieceLength: metainfo.pieceLength,
    pieces: metainfo.pieceCount,
    private: metainfo.private,
    source: metainfo.source ?? null,
    infoHashV1: metainfo.infoHashV1 === undefined ? null : infoHashHex(metainfo.infoHashV1),
    infoHashV2: metainfo.infoHashV2 === undefined ? null : infoHashHex(metainfo.infoHashV2),
    trackers: metainfo.announceTiers,
    webSeeds: metainfo.webSeeds,
    ...(withFiles ? { files: Array.from(metainfo.files, fileJson) } : {}),
  };
}

function fileJson(entry: MetainfoEntry): Json {
  const path = entry.path.join('/');
  const hidden = entry.hidden === true ? { hidden: true } : {};
  if (entry.kind === 'symlink') return { path, symlink: entry.target.join('/'), ...hidden };
  return { path, length: entry.length, executable: entry.executable, ...hidden };
}

/** A line for each file, under a heading. */
export function metainfoFileLines(metainfo: Metainfo, heading: (text: string) => string): string[] {
  return tableLines(
    [{ title: 'MODE' }, { title: 'SIZE', align: 'right' }, { title: 'PATH' }],
    Array.from(metainfo.files, (entry) => {
      const name = JSON.stringify(entry.path.join('/')).slice(1, -1);
      const path = entry.hidden === true ? `${name} (hidden)` : name;
      if (entry.kind === 'symlink') return ['link', '-', `${path} -> ${entry.target.join('/')}`];
      return [entry.executable ? '0755' : '0644', formatBytes(entry.length), path];
    }),
    heading,
  );
}
