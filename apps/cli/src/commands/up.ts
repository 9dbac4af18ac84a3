import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { peerLimitOptions } from '@shoal/fleet';
import { defineOptions } from '@shoal/service';
import { missingAnswer } from '../client/missing-answer.ts';
import { aborted } from '../command-line/aborted.ts';
import type { CommandCall, CommandSpec } from '../command-line/command.ts';
import { ExitCode } from '../exit-codes.ts';
import { formatDuration, formatHex, plural } from '../output/format.ts';
import type { Terminal } from '../output/terminal.ts';
import { nameFromPath, versionFromTime } from '../platform/artifact-naming.ts';
import { type EmbeddedPlatform, startEmbeddedPlatform } from '../platform/embedded-platform.ts';
import { pushAndRollOut } from '../platform/push-and-roll-out.ts';
import { writeSampleBuild } from '../sample/sample-build.ts';

/** The sample is the same on every machine. */
const SAMPLE_SEED = 'shoal';

const options = defineOptions({
  agents: {
    type: 'integer',
    default: 5,
    min: 1,
    max: 200,
    description: 'Agents to run, each with its own port and directory.',
  },
  once: {
    type: 'boolean',
    default: false,
    description: 'End when the rollout is over, instead of at Ctrl-C.',
  },
  name: { type: 'string', description: "The artifact's name. Default: the last part of the path." },
  version: { type: 'string', description: 'Its version. Default: the time, in UTC.' },
  dataDir: {
    type: 'path',
    description: 'Keep everything here. Default: a temporary directory, removed at the end.',
  },
  listen: {
    type: 'endpoint',
    default: '127.0.0.1:7400',
    description: "The catalog's gRPC API. Port 0: any free port.",
  },
  httpListen: {
    type: 'endpoint',
    default: '127.0.0.1:7401',
    description: "The catalog's HTTP, with the web console. Port 0: any free port.",
  },
  uploadLimit: {
    ...peerLimitOptions.uploadLimit,
    description: 'Most that each agent and the seeder send to peers. Default: no limit.',
  },
  downloadLimit: {
    ...peerLimitOptions.downloadLimit,
    description: 'Most that each agent and the seeder receive from peers. Default: no limit.',
  },
  serveFiles: {
    type: 'boolean',
    default: false,
    description:
      'The seeder also serves the files of all artifacts over HTTP, as a web seed (BEP 19) and for curl.',
  },
  json: {
    type: 'boolean',
    default: false,
    description: 'Print JSON on standard output, one document a line.',
  },
  otlpEndpoint: {
    type: 'string',
    description: 'URL of an OTLP/HTTP collector for traces. Empty: no export.',
  },
});

export const upCommand: CommandSpec<typeof options> = {
  name: 'up',
  description:
    'Starts a catalog, a tracker, a seeder and agents on loopback, pushes a build, rolls it out to all agents and shows every byte on its way. Without a path it makes a sample build of 64 MiB.',
  arguments: [{ name: '[path]', description: 'the directory or file to distribute' }],
  examples: [
    { command: 'shoal up', does: 'the sample build to five agents; stays up until Ctrl-C' },
    { command: 'shoal up ./dist --agents 10 --once', does: 'a build of yours, and end' },
    { command: 'shoal up ./dist --serve-files', does: 'and serve its files over HTTP, as a web seed' },
    { command: 'shoal up --data-dir ./shoal-data', does: 'keep what was pushed for the next time' },
  ],
  options,
  async run(call) {
    const { options: given } = call;
    if (given.dataDir !== undefined) {
      await mkdir(given.dataDir, { recursive: true });
      return runPlatform(call, resolve(given.dataDir));
    }
    const scratch = await mkdtemp(join(tmpdir(), 'shoal-up-'));
    try {
      return await runPlatform(call, scratch);
    } finally {
      await rm(scratch, { recursive: true, force: true, maxRetries: 3 });
    }
  },
};

async function runPlatform(call: CommandCall<typeof options>, dataDir: string): Promise<ExitCode> {
  const { args, options: given, environment } = call;
  const { terminal, interrupted } = environment;
  const started = Date.now();
  terminal.note(terminal.style.dim(`starting the platform in ${dataDir}`));
  const platform = await startEmbeddedPlatform({ ...given, dataDir });
  try {
    describePlatform(platform, terminal, Date.now() - started);
    const root = args[0] === undefined ? await sampleIn(dataDir) : resolve(args[0]);
    const artifact = {
      root,
      name: given.name ?? (args[0] === undefined ? 'sample' : nameFromPath(root)),
      version: given.version ?? versionFromTime(new Date()),
    };
    const code = await pushAndRollOut(platform, artifact, environment, given.json);
    if (given.once || interrupted.aborted) return code;
    if (!given.json) await describeNextSteps(platform, artifact, terminal);
    await aborted(interrupted);
    return ExitCode.ok;
  } finally {
    terminal.note(terminal.style.dim('stopping'));
    await platform.stop();
  }
}

async function sampleIn(dataDir: string): Promise<string> {
  const root = join(dataDir, 'sample');
  await rm(root, { recursive: true, force: true });
  await writeSampleBuild(root, SAMPLE_SEED);
  return root;
}

function describePlatform(platform: EmbeddedPlatform, terminal: Terminal, millis: number): void {
  const { style } = terminal;
  terminal.note(
    `${style.good('ready')} in ${formatDuration(millis)}: catalog, tracker, seeder, ${plural(platform.agents.length, 'agent')}`,
  );
  terminal.note(`  console ${style.accent(`http://${platform.catalogHttp}/`)}`);
  terminal.note(style.dim(`  catalog ${platform.catalog} (gRPC), tracker http://${platform.trackerHttp}`));
}

interface NamedVersion {
  readonly name: string;
  readonly version: string;
}

async function describeNextSteps(
  platform: EmbeddedPlatform,
  { name, version }: NamedVersion,
  terminal: Terminal,
): Promise<void> {
  const { style } = terminal;
  const connect = platform.catalog === options.listen.default ? '' : ` --catalog ${platform.catalog}`;
  terminal.out('');
  terminal.out(`The platform stays up until Ctrl-C: ${style.accent(`http://${platform.catalogHttp}/`)}`);
  terminal.out('In another terminal:');
  const torrent = `http://${platform.catalogHttp}/v1/default/artifacts/${name}/${version}.torrent`;
  const commands = [
    `npm run shoal -- ls${connect}`,
    `npm run shoal -- agents${connect}`,
    `curl -O ${torrent}`,
  ];
  for (const command of commands) terminal.out(`  ${style.accent(command)}`);
  terminal.out(style.dim('Any BitTorrent client can join with that .torrent file.'));
  if (platform.filesUrl === '') return;
  terminal.out(
    `Its files, in byte ranges: ${style.accent(`${await filesOf(platform, { name, version })}PATH`)}`,
  );
  terminal.out(style.dim('The .torrent file names them as a web seed.'));
}

/** Base URL of an artifact's files. */
async function filesOf({ client, filesUrl }: EmbeddedPlatform, wanted: NamedVersion): Promise<string> {
  const { artifact } = await client.artifacts.getArtifact({ namespace: client.namespace, ...wanted });
  if (artifact === undefined) throw missingAnswer('artifact');
  return `${filesUrl}${formatHex(artifact.contentDigest)}/${encodeURIComponent(wanted.name)}/`;
}
