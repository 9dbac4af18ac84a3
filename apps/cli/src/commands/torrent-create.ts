import { writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { defineOptions } from '@shoal/service';
import { createHashPool, createTorrent } from '@shoal/session';
import type { CommandSpec } from '../command-line/command.ts';
import { ExitCode } from '../exit-codes.ts';
import { fileError } from '../files/read-input.ts';
import { fieldLines } from '../output/fields.ts';
import { createTransferView } from '../output/transfer-view.ts';
import { metainfoFields, metainfoJson } from '../output/metainfo.ts';

const FORMATS = ['v1', 'v2', 'hybrid'] as const;

const options = defineOptions({
  output: { type: 'path', description: 'Where to write it. Default: <name>.torrent in this directory.' },
  name: { type: 'string', description: 'info.name. Default: the last part of the path.' },
  format: {
    type: 'string',
    choices: FORMATS,
    description: 'Default: hybrid, or v2 where padding would cost too much.',
  },
  pieceLength: {
    type: 'bytes',
    min: 16_384,
    max: 16_777_216,
    description: 'A power of two. Default: by size.',
  },
  private: { type: 'boolean', default: false, description: 'Peers come from the tracker alone (BEP 27).' },
  source: { type: 'string', description: 'info.source: keeps info-hashes of equal content apart.' },
  tracker: { type: 'string', description: 'Announce URL.' },
  webSeeds: {
    type: 'list',
    default: [],
    description: 'HTTP URLs that serve the content to clients that know web seeds (BEP 19).',
  },
  force: { type: 'boolean', default: false, description: 'Replace the output file if it exists.' },
  json: { type: 'boolean', default: false, description: 'Print JSON on standard output.' },
});

export const torrentCreateCommand: CommandSpec<typeof options> = {
  name: 'create',
  envPrefix: 'SHOAL_TORRENT_',
  description: 'Make a .torrent file from a directory or a file.',
  arguments: [{ name: '<path>', description: 'the directory or file' }],
  examples: [
    { command: 'shoal torrent create ./dist --name web', does: 'writes web.torrent' },
    {
      command: 'shoal torrent create ./dist --format v1 --tracker http://host:7411/announce',
      does: 'for an old client',
    },
  ],
  options,
  async run({ args: [path = ''], options: given, environment: { terminal, interrupted: signal } }) {
    const source = resolve(path);
    const name = given.name ?? basename(source);
    const output = given.output ?? `${name}.torrent`;
    const pool = createHashPool();
    const view = createTransferView(terminal, 'hashing', Date.now);
    const { bytes, metainfo } = await createTorrent(source, {
      pool,
      signal,
      onProgress: (done, total) => view.update(done, total),
      name,
      private: given.private,
      webSeeds: given.webSeeds,
      ...defined({
        format: FORMATS.find((format) => format === given.format),
        pieceLength: given.pieceLength,
        source: given.source,
        announce: given.tracker,
      }),
    }).finally(async () => {
      view.end();
      await pool.close();
    });
    await writeFile(output, bytes, { flag: given.force ? 'w' : 'wx' }).catch((error: unknown) => {
      throw fileError(output, error);
    });
    if (given.json) terminal.out(JSON.stringify({ output, ...metainfoJson(metainfo, false) }, null, 2));
    else
      for (const line of fieldLines([['written', output], ...metainfoFields(metainfo)], terminal.style))
        terminal.out(line);
    return ExitCode.ok;
  },
};

/** The entries that have a value: options that are left out differ from options that are undefined. */
function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
