import {
  commonOptions,
  dataDirOption,
  defineOptions,
  httpListenOption,
  listenOption,
  type OptionValues,
} from '@shoal/service';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Options of the catalog. */
export const options = defineOptions({
  ...commonOptions,
  listen: listenOption('127.0.0.1:7400'),
  httpListen: httpListenOption('127.0.0.1:7401'),
  trackers: {
    type: 'list',
    default: ['127.0.0.1:7410'],
    description: 'gRPC endpoints (host:port) of the trackers, as agents and seeders reach them.',
  },
  trackerHttpUrl: {
    type: 'string',
    default: 'http://127.0.0.1:7411',
    description: 'Base URL of a tracker as stock BitTorrent clients reach it; goes into .torrent files.',
  },
  grantLifetime: {
    type: 'duration',
    default: 6 * HOUR,
    min: MINUTE,
    max: 30 * DAY,
    description: 'How long a host may announce with one grant. Hosts renew theirs at half of it.',
  },
  exportGrantLifetime: {
    type: 'duration',
    default: 30 * DAY,
    min: MINUTE,
    max: 366 * DAY,
    description:
      'How long a downloaded .torrent file can be announced with, and a side swarm is kept after it was exported last.',
  },
  database: {
    type: 'string',
    secret: true,
    description:
      'PostgreSQL: postgresql://user:password@host:port/database, with sslmode and the like. Required where the catalog runs by itself.',
  },
  nats: {
    type: 'list',
    default: ['nats://127.0.0.1:4222'],
    description: 'NATS servers with JetStream, as nats://host:port or tls://host:port.',
  },
  dataDir: dataDirOption('shoal-catalog'),
  keyFile: {
    type: 'path',
    description:
      'PEM file: Ed25519 key that signs grants and tickets; made when missing, with the public key beside it in <file>.pub. Default: catalog.key in the data directory.',
  },
});

export type CatalogConfig = OptionValues<typeof options>;
