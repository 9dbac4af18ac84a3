import { parseMagnet } from '@shoal/protocol';
import type { EncryptionPolicy } from '@shoal/session';
import type { CommandEnvironment } from '../command-line/environment.ts';
import { ExitCode } from '../exit-codes.ts';
import { metainfoJson } from '../output/metainfo.ts';
import { createTransferView } from '../output/transfer-view.ts';
import { fetchMagnet } from './fetch-magnet.ts';
import { hostPort } from './host-port.ts';
import { webUrls } from './web-urls.ts';

/** The options of `shoal fetch` that are for magnet links. */
export interface MagnetOptions {
  readonly to: string;
  readonly peerListen: string;
  readonly webSeeds: readonly string[];
  readonly encryption: EncryptionPolicy;
  readonly stallTimeout: number;
  readonly json: boolean;
}

/** Whether what is to be fetched is a magnet link, and no artifact. */
export function isMagnet(reference: string): boolean {
  return /^magnet:/i.test(reference);
}

/** `shoal fetch 'magnet:…'`: prints where the content is. */
export async function runFetchMagnet(
  uri: string,
  options: MagnetOptions,
  { terminal, interrupted: signal }: CommandEnvironment,
): Promise<ExitCode> {
  const magnet = parseMagnet(uri);
  const views = {
    metadata: createTransferView(terminal, 'metadata', Date.now),
    content: createTransferView(terminal, 'fetching', Date.now),
  };
  let drawn = views.metadata;
  try {
    const { path, metainfo } = await fetchMagnet({
      magnet,
      directory: options.to,
      listen: hostPort(options.peerListen, '--peer-listen'),
      webSeeds: webUrls(options.webSeeds, '--web-seeds'),
      encryption: options.encryption,
      noProgressMs: options.stallTimeout,
      signal,
      onProgress: (what, done, total) => {
        if (drawn !== views[what]) drawn.end();
        drawn = views[what];
        if (total > 0) drawn.update(done, total);
      },
      onWarning: (message) => terminal.note(message),
    });
    drawn.end();
    terminal.out(options.json ? JSON.stringify({ path, ...metainfoJson(metainfo, false) }) : path);
    return ExitCode.ok;
  } finally {
    drawn.end();
  }
}
