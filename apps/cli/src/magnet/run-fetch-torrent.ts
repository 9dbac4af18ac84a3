import { parseMagnet } from '@shoal/protocol';
import { authoritiesFromFile } from '@shoal/service';
import type { EncryptionPolicy } from '@shoal/session';
import type { CommandEnvironment } from '../command-line/environment.ts';
import { ExitCode } from '../exit-codes.ts';
import { metainfoJson } from '../output/metainfo.ts';
import { createTransferView } from '../output/transfer-view.ts';
import { fetchTorrent } from './fetch-torrent.ts';
import { hostPort } from './host-port.ts';
import { webUrls } from './web-urls.ts';

/** The options of `shoal fetch` that are for magnet links and .torrent files. */
export interface TorrentOptions {
  readonly to: string;
  readonly only: readonly string[];
  readonly priority: readonly string[];
  readonly peers: readonly string[];
  readonly peerListen: string;
  readonly webSeeds: readonly string[];
  /** PEM file. */
  readonly webSeedCa: string | undefined;
  readonly encryption: EncryptionPolicy;
  readonly lsd: boolean;
  readonly stallTimeout: number;
  /** host:port */
  readonly stream: string | undefined;
  readonly json: boolean;
}

/** Whether what is to be fetched is a torrent, by a magnet link or a .torrent file, and no artifact. */
export function isTorrent(reference: string): boolean {
  return isMagnet(reference) || reference.endsWith('.torrent');
}

/** `shoal fetch` of a magnet link or .torrent file: prints where the content is, and before that where it is served. */
export async function runFetchTorrent(
  reference: string,
  options: TorrentOptions,
  { terminal, interrupted: signal }: CommandEnvironment,
): Promise<ExitCode> {
  const source = isMagnet(reference) ? parseMagnet(reference) : reference;
  const ranges = typeof source === 'string' ? [] : (source.selectOnly ?? []);
  const views = {
    metadata: createTransferView(terminal, 'metadata', Date.now),
    content: createTransferView(terminal, 'fetching', Date.now),
  };
  let drawn = views.metadata;
  const print = (text: string, fields: object): void => {
    drawn.end();
    terminal.out(options.json ? JSON.stringify(fields) : text);
  };
  try {
    await fetchTorrent({
      source,
      peers: options.peers.map((text) => hostPort(text, '--peers')),
      directory: options.to,
      selection: { only: options.only, priorities: options.priority, ranges },
      listen: hostPort(options.peerListen, '--peer-listen'),
      webSeeds: webUrls(options.webSeeds, '--web-seeds'),
      originAuthorities: options.webSeedCa === undefined ? [] : [authoritiesFromFile(options.webSeedCa)],
      encryption: options.encryption,
      lsd: options.lsd,
      noProgressMs: options.stallTimeout,
      signal,
      onProgress: (what, done, total) => {
        if (drawn !== views[what]) drawn.end();
        drawn = views[what];
        if (total > 0) drawn.update(done, total);
      },
      onFetched: ({ path, metainfo }) => print(path, { path, ...metainfoJson(metainfo, false) }),
      stream:
        options.stream === undefined
          ? undefined
          : {
              listen: options.stream,
              onListening: (url) => print(url, { url }),
            },
      onWarning: (message) => terminal.note(message),
    });
    return ExitCode.ok;
  } finally {
    drawn.end();
  }
}

function isMagnet(reference: string): boolean {
  return /^magnet:/i.test(reference);
}
