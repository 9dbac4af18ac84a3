import { defaultHostId, encryptionOption, peerLimitOptions, scrubOptions } from '@shoal/fleet';
import {
  commonOptions,
  dataDirOption,
  defineOptions,
  httpListenOption,
  type OptionValues,
} from '@shoal/service';
import { MIN_RATE_LIMIT, type SeedLimits } from '@shoal/session';
import { FETCHES_AT_ONCE, STALL_TIMEOUT_MS, POLL_INTERVAL_MS, SECOND } from './constants.ts';

/** Options of the agent. */
export const options = defineOptions({
  ...commonOptions,
  httpListen: httpListenOption('127.0.0.1:7432'),
  peerListen: {
    type: 'endpoint',
    default: '127.0.0.1:7431',
    description:
      'Where peers connect to. The port must be reachable from the other hosts. Port 0: any free port.',
  },
  advertiseAddress: {
    type: 'string',
    description:
      'Address, or address:port, that trackers tell peers instead of where this host comes from, for example behind NAT.',
  },
  dataDir: dataDirOption('shoal-agent'),
  socket: {
    type: 'path',
    description:
      'Unix socket of the local API, for this user alone. Default: agent.sock in the data directory.',
  },
  hostId: {
    type: 'string',
    default: defaultHostId(),
    description: 'Stable name of this host: 1 to 128 characters of [a-z0-9.-]. Default: the host name.',
  },
  namespace: { type: 'string', default: 'default', description: 'Namespace this host belongs to.' },
  zone: {
    type: 'string',
    default: '',
    description: 'Zone this host is in; peers of the same zone are preferred.',
  },
  rack: {
    type: 'string',
    default: '',
    description: 'Rack this host is in; peers of the same rack are preferred.',
  },
  labels: { type: 'labels', default: {}, description: 'Labels that rollouts select hosts by.' },
  catalog: { type: 'endpoint', default: '127.0.0.1:7400', description: "The catalog's gRPC endpoint." },
  nats: {
    type: 'list',
    default: [],
    description:
      'NATS servers, as nats://host:port or tls://host:port. Without any, directives are polled from the catalog.',
  },
  pollInterval: {
    type: 'duration',
    default: POLL_INTERVAL_MS,
    min: SECOND,
    max: 3_600 * SECOND,
    description: 'Time between looks at the directives that no nudge caused.',
  },
  stallTimeout: {
    type: 'duration',
    default: STALL_TIMEOUT_MS,
    min: SECOND,
    max: 3_600 * SECOND,
    description: 'A fetch without a new piece for so long is reported as failed; the agent keeps trying.',
  },
  maxFetches: {
    type: 'integer',
    default: FETCHES_AT_ONCE,
    min: 1,
    max: 64,
    description: 'Artifacts fetched at once; further ones wait.',
  },
  maxConnections: {
    type: 'integer',
    default: 200,
    min: 2,
    max: 10_000,
    description: 'Peer connections at once, over all swarms.',
  },
  maxPeersPerTorrent: {
    type: 'integer',
    default: 60,
    min: 2,
    max: 10_000,
    description: 'Peer connections of one swarm; up to two fifths of them are opened by this host.',
  },
  encryption: encryptionOption,
  webSeeds: {
    type: 'list',
    default: [],
    description:
      'URLs, http:// or https://, that have files at URL/CONTENT-DIGEST/NAME/PATH, as a seeder with --serve-files has below /content/. Asked while no peer sends anything.',
  },
  webSeedCa: {
    type: 'path',
    description:
      'PEM file: authorities that web seeds over HTTPS may be signed by, beside the well-known ones and those of --tls-ca.',
  },
  webSeedLimit: {
    type: 'rate',
    min: MIN_RATE_LIMIT,
    description:
      'Most that is received from web seeds, all together and within the download limit. Default: no limit.',
  },
  seedRatioLimit: {
    type: 'integer',
    min: 1,
    max: 1_000_000,
    description:
      'Leaves the swarm of an artifact that is there once so many percent of it were sent to others, restarts included, and no peer waits for more. A fleet lives on hosts that stay. Default: no limit.',
  },
  seedTimeLimit: {
    type: 'duration',
    min: SECOND,
    description:
      'Leaves the swarm of an artifact that was there for so long while the agent ran, when no peer waits for more. Default: no limit.',
  },
  ...peerLimitOptions,
  ...scrubOptions,
});

export type AgentConfig = OptionValues<typeof options>;

/** When an agent leaves the swarm of a tree that is there, as a session takes it. */
export function seedLimits({ seedRatioLimit, seedTimeLimit }: AgentConfig): SeedLimits {
  return {
    ratio: seedRatioLimit === undefined ? undefined : seedRatioLimit / 100,
    seedMillis: seedTimeLimit,
  };
}
