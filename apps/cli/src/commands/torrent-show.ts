import { parsePartialMetainfo } from '@shoal/protocol';
import { defineOptions } from '@shoal/service';
import type { CommandSpec } from '../command-line/command.ts';
import { ExitCode } from '../exit-codes.ts';
import { readInput } from '../files/read-input.ts';
import { fieldLines } from '../output/fields.ts';
import { metainfoFields, metainfoFileLines, metainfoJson } from '../output/metainfo.ts';

const options = defineOptions({
  files: { type: 'boolean', default: false, description: 'List every file too.' },
  json: { type: 'boolean', default: false, description: 'Print JSON on standard output.' },
});

export const torrentShowCommand: CommandSpec<typeof options> = {
  name: 'show',
  envPrefix: 'SHOAL_TORRENT_',
  description: 'Reads and checks a .torrent file as strictly as the engine does: v1, v2 or hybrid.',
  arguments: [{ name: '<torrent>', description: 'the .torrent file' }],
  examples: [
    { command: 'shoal torrent show web.torrent', does: 'info-hashes, format, sizes' },
    { command: 'shoal torrent show web.torrent --files', does: 'and every file' },
  ],
  options,
  async run({ args: [path = ''], options: given, environment: { terminal } }) {
    const metainfo = parsePartialMetainfo(await readInput(path));
    if (given.json) {
      terminal.out(JSON.stringify(metainfoJson(metainfo, given.files), null, 2));
      return ExitCode.ok;
    }
    for (const line of fieldLines(metainfoFields(metainfo), terminal.style)) terminal.out(line);
    if (given.files)
      for (const line of ['', ...metainfoFileLines(metainfo, terminal.style.bold)]) terminal.out(line);
    return ExitCode.ok;
  },
};
