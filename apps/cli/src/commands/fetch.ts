import { type FetchDone, type FetchResponse, transferJson, type TransferReport } from '@shoal/contracts';
import { encryptionOption } from '@shoal/fleet';
import { defineOptions, isAbortError } from '@shoal/service';
import { agentSocketOption, withAgent } from '../client/agent-client.ts';
import { parseReference } from '../client/artifact-reference.ts';
import { CLIENT_PREFIX } from '../client/client-options.ts';
import { missingAnswer } from '../client/missing-answer.ts';
import type { CommandSpec } from '../command-line/command.ts';
import { ExitCode } from '../exit-codes.ts';
import { isTorrent, runFetchTorrent } from '../magnet/run-fetch-torrent.ts';
import { formatBytes, formatDuration, formatHex, formatRate } from '../output/format.ts';
import { type LiveView, createLiveView } from '../output/live-view.ts';
import { percent, progressBar } from '../output/progress-bar.ts';
import type { Terminal } from '../output/terminal.ts';

const BAR_COLUMNS = 32;
/** Time to find peers by a slow tracker, in milliseconds. */
const STALL_TIMEOUT = 120_000;

const options = defineOptions({
  agentSocket: agentSocketOption,
  namespace: { type: 'string', default: 'default', description: 'Namespace of the artifact.' },
  activate: { type: 'boolean', default: false, description: 'Also make it the live version of its name.' },
  only: {
    type: 'list',
    default: [],
    description:
      'Paths to fetch, without the others: * and ? within a name, ** any directories, {a,b} either one; a directory stands for what is in it. What is there already is added to. Takes the place of what a magnet link selects (so). May be repeated.',
  },
  priority: {
    type: 'list',
    default: [],
    description:
      "What comes first, as 'bin/**=high': skip, low, normal or high; of several that match the last one counts. May be repeated.",
  },
  to: {
    type: 'path',
    default: '.',
    description: 'Torrents: the directory to put the torrent into, under its own name.',
  },
  peerListen: {
    type: 'endpoint',
    default: '127.0.0.1:0',
    description: 'Torrents: where peers may connect to. Port 0: any free port.',
  },
  peers: {
    type: 'list',
    default: [],
    description: 'Torrents: host:port of peers to begin with, beside those that trackers name.',
  },
  webSeeds: {
    type: 'list',
    default: [],
    description:
      'Torrents: URLs of HTTP servers that have the files (BEP 19), asked while no peer sends anything. Those that the torrent names are not asked.',
  },
  webSeedCa: {
    type: 'path',
    description:
      'Torrents: PEM file: authorities that web seeds over HTTPS may be signed by, beside the well-known ones.',
  },
  lsd: {
    type: 'boolean',
    default: false,
    description:
      'Torrents: looks for peers in the local network too (BEP 14), on the interfaces that --peer-listen is of, and tells it what is fetched. Never for private torrents, as far as it is known: a magnet link does not say.',
  },
  encryption: { ...encryptionOption, description: `Torrents: ${encryptionOption.description}` },
  stallTimeout: {
    type: 'duration',
    default: STALL_TIMEOUT,
    min: 1_000,
    max: 86_400_000,
    description: 'Torrents: fails when nothing of use came for so long.',
  },
  stream: {
    type: 'endpoint',
    description:
      'Also serve the files over HTTP at this host:port of loopback, from the beginning on until interrupted; what is asked for (GET, byte ranges) comes first. Prints the URL of their list. Port 0: any free port. Artifacts are served by the agent.',
  },
  json: { type: 'boolean', default: false, description: 'Print JSON on standard output.' },
});

export const fetchCommand: CommandSpec<typeof options> = {
  name: 'fetch',
  description:
    'Prints the path of the verified tree when it is in place. A magnet link or .torrent file is fetched by this command itself, ' +
    'with no agent, from peers that it, its trackers (HTTP, HTTPS, UDP) or other peers name; a fetch that was broken off goes on where it was, ' +
    'also with other --only and --priority.',
  arguments: [
    {
      name: '<artifact>',
      description:
        'name@version, or a name for the version published last; or a magnet link or .torrent file',
    },
  ],
  examples: [
    { command: 'shoal fetch web@1.4.2', does: 'prints where the tree is' },
    {
      command: "shoal fetch 'magnet:?xt=urn:btih:…' --to /srv",
      does: 'fetches any torrent, v1, v2 or hybrid',
    },
    {
      command: 'shoal fetch web.torrent --lsd --peer-listen 0.0.0.0:0',
      does: 'also from clients in the local network, with no tracker',
    },
    {
      command: 'shoal fetch web.torrent --stream 127.0.0.1:8080',
      does: 'and serves the files over HTTP while they come',
    },
    { command: "shoal fetch web.torrent --only 'bin/**'", does: 'a part of it; another call adds to it' },
    {
      command: 'shoal fetch web@1.4.2 --stream 127.0.0.1:8080',
      does: 'the same of an artifact, by the agent',
    },
    {
      command: "shoal fetch web --only 'bin/**'",
      does: 'prints where a tree with the part is; see shoal part ls',
    },
    { command: 'cd "$(shoal fetch web --activate)"', does: 'in a deploy script' },
  ],
  options,
  envPrefix: CLIENT_PREFIX,
  async run({ args: [reference = ''], options: given, environment }) {
    if (isTorrent(reference)) return runFetchTorrent(reference, given, environment);
    const { namespace, activate, agentSocket, only, priority, stream: streamListen = '', json } = given;
    const { terminal, interrupted: signal } = environment;
    const part = { only: [...only], priorities: [...priority] };
    const request = { namespace, activate, ...part, streamListen, ...parseReference(reference) };
    const print = (text: string, fields: object): void => terminal.out(json ? JSON.stringify(fields) : text);
    await withAgent(agentSocket, 'fetch', (agent) =>
      followFetch(agent.fetch(request, { signal }), terminal, {
        isStream: streamListen !== '',
        onStreaming: (url) => print(url, { url }),
        onDone: (done) => print(done.path, fetchJson(done)),
      }),
    );
    return ExitCode.ok;
  },
};

/** What is told of a fetch that an agent does. */
interface FetchEvents {
  /** The files are to be served meanwhile, and until the call is interrupted. */
  readonly isStream: boolean;
  readonly onStreaming: (url: string) => void;
  readonly onDone: (done: FetchDone) => void;
}

async function followFetch(
  events: AsyncIterable<FetchResponse>,
  terminal: Terminal,
  { isStream, onStreaming, onDone }: FetchEvents,
): Promise<void> {
  const view = createLiveView(terminal);
  let isStreaming = false;
  let isDone = false;
  try {
    for await (const { event } of events) {
      if (event?.$case === 'progress') {
        drawProgress(event.value, view, terminal);
        continue;
      }
      view.end();
      if (event?.$case === 'streaming') {
        isStreaming = true;
        onStreaming(event.value.url);
      } else if (event?.$case === 'done') {
        isDone = true;
        noteTransfer(event.value, terminal);
        onDone(event.value);
        // An agent of before would not go on.
        if (isStream && !isStreaming) throw missingAnswer('URL of the files');
      }
    }
  } catch (error) {
    if (!(isDone && isAbortError(error))) throw error;
  } finally {
    view.end();
  }
  if (!isDone) throw missingAnswer('result');
}

function noteTransfer({ transfer }: FetchDone, terminal: Terminal): void {
  if (transfer === undefined) return;
  terminal.note(
    `${formatBytes(transfer.bytesTotal)} in ${formatDuration(Number(transfer.elapsedMillis))}: ` +
      `${formatBytes(transfer.bytesFromSeeders)} from seeders, ${formatBytes(transfer.bytesFromPeers)} from peers, ` +
      `${formatBytes(transfer.bytesFromOrigins)} from web seeds, ` +
      `${formatBytes(transfer.bytesReused)} reused`,
  );
}

function drawProgress(transfer: TransferReport, view: LiveView, { style }: Terminal): void {
  const fraction = transfer.bytesTotal === 0n ? 0 : Number(transfer.bytesDone) / Number(transfer.bytesTotal);
  view.draw([
    `  ${style.accent(progressBar(fraction, BAR_COLUMNS))} ${percent(fraction)}  ${formatRate(transfer.rate)}  ${transfer.peers} peers`,
  ]);
}

function fetchJson(done: FetchDone): object {
  return {
    path: done.path,
    version: done.version,
    contentDigest: formatHex(done.contentDigest),
    transfer: done.transfer === undefined ? null : transferJson(done.transfer),
  };
}
