import { fileURLToPath } from 'node:url';
import {
  READY_DEADLINE_MS,
  startLineProcess,
  type StockClient,
  type StockClientInit,
} from './stock-client.ts';

/** Debian's interpreter: python3-libtorrent is not visible to any other. */
const PYTHON = '/usr/bin/python3';
const SCRIPT = fileURLToPath(new URL('./libtorrent_client.py', import.meta.url));

/** Starts libtorrent (python3-libtorrent, 2.0.8 on Debian 12) on one torrent: v1, v2 or hybrid. */
export async function startLibtorrent(init: StockClientInit): Promise<StockClient> {
  const driver = startLineProcess(PYTHON, [SCRIPT]);
  const settings = {
    torrent: init.torrentFile,
    directory: init.directory,
    peers: (init.peers ?? []).map(({ host, port }) => [host, port]),
  };
  driver.child.stdin.write(`${JSON.stringify(settings)}\n`);
  const complete = async (deadlineMs: number): Promise<void> => {
    await driver.waitForLine(
      'complete',
      (line) => readEvent(line)?.event === 'complete' || undefined,
      deadlineMs,
    );
  };
  try {
    const port = await driver.waitForLine('listening', (line) => readEvent(line)?.port, READY_DEADLINE_MS);
    if (init.role === 'seeder') await complete(READY_DEADLINE_MS);
    return { port, complete, stop: () => driver.stop() };
  } catch (error) {
    await driver.stop();
    throw error;
  }
}

function readEvent(line: string): { readonly event: string; readonly port?: number } | undefined {
  return line.startsWith('{') ? (JSON.parse(line) as { event: string; port?: number }) : undefined;
}
