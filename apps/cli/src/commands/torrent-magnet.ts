import { formatMagnet, parsePartialMetainfo } from '@shoal/protocol';
import { defineOptions } from '@shoal/service';
import type { CommandSpec } from '../command-line/command.ts';
import { ExitCode } from '../exit-codes.ts';
import { readInput } from '../files/read-input.ts';
import { hostPort } from '../magnet/host-port.ts';

const options = defineOptions({
  peers: {
    type: 'list',
    default: [],
    description: 'Peers to name in the link, as host:port: clients ask them first.',
  },
  json: { type: 'boolean', default: false, description: 'Print JSON on standard output.' },
});

export const torrentMagnetCommand: CommandSpec<typeof options> = {
  name: 'magnet',
  envPrefix: 'SHOAL_TORRENT_',
  description: 'Prints the magnet link of a .torrent file: its info-hashes, name and trackers.',
  arguments: [{ name: '<torrent>', description: 'the .torrent file' }],
  examples: [
    { command: 'shoal torrent magnet web.torrent', does: 'a link to pass on' },
    {
      command: 'shoal torrent magnet web.torrent --peers 192.0.2.1:7421',
      does: 'a link that needs no tracker',
    },
  ],
  options,
  async run({ args: [path = ''], options: given, environment: { terminal } }) {
    const { infoHashV1, infoHashV2, name, announceTiers } = parsePartialMetainfo(await readInput(path));
    const magnet = formatMagnet({
      ...(infoHashV1 && { infoHashV1 }),
      ...(infoHashV2 && { infoHashV2 }),
      displayName: name,
      trackers: announceTiers.flat(),
      peers: given.peers.map((peer) => hostPort(peer, '--peers')),
    });
    terminal.out(given.json ? JSON.stringify({ magnet }) : magnet);
    return ExitCode.ok;
  },
};
