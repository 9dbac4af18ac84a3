import { parsePartialMetainfo } from '@shoal/protocol';
import { defineOptions } from '@shoal/service';
import { createHashPool, type TreeDifferences, verifyTree } from '@shoal/session';
import type { CommandSpec } from '../command-line/command.ts';
import { ExitCode } from '../exit-codes.ts';
import { readInput } from '../files/read-input.ts';
import { formatBytes, plural } from '../output/format.ts';
import type { Style } from '../output/terminal.ts';
import { createTransferView } from '../output/transfer-view.ts';

const options = defineOptions({
  json: { type: 'boolean', default: false, description: 'Print JSON on standard output.' },
});

export const torrentVerifyCommand: CommandSpec<typeof options> = {
  name: 'verify',
  envPrefix: 'SHOAL_TORRENT_',
  description:
    'Ends with exit code 0 when the tree is whole, and 7 when something is missing, damaged or extra.',
  arguments: [
    { name: '<torrent>', description: 'the .torrent file' },
    { name: '<path>', description: 'the tree; for a torrent of a single file, the directory it lies in' },
  ],
  examples: [{ command: 'shoal torrent verify web.torrent ./dist', does: 'hash every piece' }],
  options,
  async run({
    args: [torrent = '', path = ''],
    options: given,
    environment: { terminal, interrupted: signal },
  }) {
    const metainfo = parsePartialMetainfo(await readInput(torrent));
    const pool = createHashPool();
    const view = createTransferView(terminal, 'checking', Date.now);
    const onProgress = (done: number, total: number): void =>
      view.update(Math.round((metainfo.totalSize * done) / Math.max(1, total)), metainfo.totalSize);
    const differences = await verifyTree(path, metainfo, { pool, onProgress, signal }).finally(async () => {
      view.end();
      await pool.close();
    });
    const isWhole = differenceLines(differences, terminal.style).length === 0;
    if (given.json) {
      terminal.out(JSON.stringify({ whole: isWhole, ...differences }, null, 2));
    } else if (isWhole) {
      const content = `${formatBytes(metainfo.totalSize)} in ${plural(metainfo.files.length, 'file')}`;
      terminal.out(`${terminal.style.good('whole')}  ${metainfo.name}: ${content} as the torrent says`);
    } else {
      for (const line of differenceLines(differences, terminal.style)) terminal.out(line);
    }
    return isWhole ? ExitCode.ok : ExitCode.damaged;
  },
};

/** A line for each path that is not as it should be. */
function differenceLines({ missing, damaged, extra }: TreeDifferences, style: Style): string[] {
  return [
    ...missing.map((path) => `${style.bad('missing')}  ${path}`),
    ...damaged.map((path) => `${style.bad('damaged')}  ${path}`),
    ...extra.map((path) => `${style.bold('extra')}    ${path}`),
  ];
}
