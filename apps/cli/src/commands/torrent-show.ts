import { type Metainfo, infoHashHex, parseMetainfo } from '@shoal/protocol';
import { defineOptions } from '@shoal/service';
import type { CommandSpec } from '../command-line/command.ts';
import { ExitCode } from '../exit-codes.ts';
import { readInput } from '../files/read-input.ts';
import { fieldLines } from '../output/fields.ts';
import { formatBytes } from '../output/format.ts';
import type { Json } from '../output/json.ts';
import { tableLines } from '../output/table.ts';

const options = defineOptions({
  files: { type: 'boolean', default: false, description: 'List every file too.' },
  json: { type: 'boolean', default: false, description: 'Print JSON on standard output.' },
});

export const torrentShowCommand: CommandSpec<typeof options> = {
  name: 'show',
  envPrefix: 'SHOAL_TORRENT_',
  summary: 'Show what a .torrent file holds',
  description: 'Reads and checks a .torrent file as strictly as the engine does: v1, v2 or hybrid.',
  arguments: [{ name: '<torrent>', description: 'the .torrent file' }],
  examples: [
    { command: 'shoal torrent show web.torrent', does: 'info-hashes, format, sizes' },
    { command: 'shoal torrent show web.torrent --files', does: 'and every file' },
  ],
  options,
  async run({ args: [path = ''], options: given, environment: { terminal } }) {
    const metainfo = parseMetainfo(await readInput(path));
    if (given.json) {
      terminal.out(JSON.stringify(metainfoJson(metainfo, given.files), null, 2));
      return ExitCode.ok;
    }
    for (const line of fieldLines(metainfoFields(metainfo), terminal.style)) terminal.out(line);
    if (given.files) for (const line of ['', ...fileLines(metainfo, terminal.style.bold)]) terminal.out(line);
    return ExitCode.ok;
  },
};

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
  return fields;
}

/** What `--json` prints of a metainfo. */
export function metainfoJson(metainfo: Metainfo, withFiles: boolean): Json {
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
    ...(withFiles ? { files: metainfo.files.map(fileJson) } : {}),
  };
}

function fileJson(entry: Metainfo['files'][number]): Json {
  const path = entry.path.join('/');
  if (entry.kind === 'symlink') return { path, symlink: entry.target.join('/') };
  return { path, length: entry.length, executable: entry.executable };
}

function fileLines(metainfo: Metainfo, heading: (text: string) => string): string[] {
  return tableLines(
    [{ title: 'MODE' }, { title: 'SIZE', align: 'right' }, { title: 'PATH' }],
    metainfo.files.map((entry) => {
      const path = JSON.stringify(entry.path.join('/')).slice(1, -1);
      if (entry.kind === 'symlink') return ['link', '-', `${path} -> ${entry.target.join('/')}`];
      return [entry.executable ? '0755' : '0644', formatBytes(entry.length), path];
    }),
    heading,
  );
}
