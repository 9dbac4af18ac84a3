/** A process that fetches a torrent until its parent kills it: session-crash.test.ts. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { parseMetainfo } from '@shoal/protocol';
import { createHashPool, createSession, openDirectoryStore, OpenFiles, SpanCache } from '@shoal/session';

const POLL_MS = 5;

const [torrentFile = '', root = '', resumePath = '', ledgerPath = '', port = ''] = process.argv.slice(2);
const metainfo = parseMetainfo(await readFile(torrentFile));
const pool = createHashPool();
const cache = new SpanCache();
const files = new OpenFiles();
// The smallest budget: the transfer takes long enough to be killed in the middle.
const session = await createSession(
  {},
  { host: '127.0.0.1', port: 0, peerClass: 'agent', clientVersion: '0.0.0', bufferBudgetBytes: 1 },
);
const torrent = session.add({
  hashes: metainfo.infoHashV2 === undefined ? {} : { v2: metainfo.infoHashV2 },
  load: () => Promise.resolve(metainfo),
  openStore: () => openDirectoryStore({ pool, cache, files }, { metainfo, root, create: true }),
  have: 'none',
  resumePath,
  ledgerPath,
});
torrent.addPeers([{ host: '127.0.0.1', port: Number(port) }]);
torrent.whenComplete().then(
  () => process.send?.('complete'),
  (error: unknown) => process.send?.(String(error)),
);
setInterval(() => {
  if (existsSync(resumePath)) process.send?.('resumable');
}, POLL_MS);
