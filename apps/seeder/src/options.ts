import { defaultHostId, encryptionOption, peerLimitOptions, scrubOptions } from '@shoal/fleet';
import {
  commonOptions,
  dataDirOption,
  defineOptions,
  httpListenOption,
  listenOption,
  type OptionValues,
} from '@shoal/service';
import { MAX_LOOPS, MIN_RATE_LIMIT } from '@shoal/session';
import { DAY, MAX_OPEN_UPLOADS, SECOND } from './constants.ts';

/** Options of the seeder. */
export const options = defineOptions({
  ...commonOptions,
  listen: listenOption('127.0.0.1:7420'),
  httpListen: httpListenOption('127.0.0.1:7422'),
  peerListen: {
    type: 'endpoint',
    default: '127.0.0.1:7421',
    description: 'Where peers connect to. The port must be reachable from all hosts. Port 0: any free port.',
  },
  advertise: {
    type: 'endpoint',
    description:
      'host:port under which clients and the catalog reach the gRPC API. Default: where it listens.',
  },
  advertiseAddress: {
    type: 'string',
    description:
      'Address, or address:port, that trackers tell peers instead of where this host comes from, for example behind NAT.',
  },
  dataDir: dataDirOption('shoal-seeder'),
  hostId: {
    type: 'string',
    default: defaultHostId(),
    description: 'Stable name of this seeder: 1 to 128 characters of [a-z0-9.-]. Default: the host name.',
  },
  namespace: { type: 'string', default: 'default', description: 'Namespace this seeder serves.' },
  zone: { type: 'string', default: '', description: 'Zone this seeder is in.' },
  rack: { type: 'string', default: '', description: 'Rack this seeder is in.' },
  labels: { type: 'labels', default: {}, description: 'Labels shown in the list of hosts.' },
  catalog: { type: 'endpoint', default: '127.0.0.1:7400', description: "The catalog's gRPC endpoint." },
  catalogPublicKey: {
    type: 'path',
    required: true,
    description: 'PEM file: public key of the catalog, with which upload tickets are checked.',
  },
  uploadExpiry: {
    type: 'duration',
    default: DAY,
    min: 60 * SECOND,
    max: 30 * DAY,
    description: 'An upload that nobody continued for so long is dropped with its bytes.',
  },
  maxUploads: {
    type: 'integer',
    default: MAX_OPEN_UPLOADS,
    min: 1,
    max: 10_000,
    description: 'Uploads that are open at once; further ones are refused.',
  },
  maxConnections: {
    type: 'integer',
    default: 500,
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
  lsd: {
    type: 'boolean',
    default: false,
    description:
      'Announces public swarms (`shoal torrent export --public`) in the local network (BEP 14), on the interfaces that --peer-listen is of, and takes peers from there. Private swarms never.',
  },
  loops: {
    type: 'integer',
    default: 1,
    min: 1,
    max: MAX_LOOPS,
    description:
      'Event loops (threads) that peer connections are spread over, one for each core that may be used for sending. Connections and memory are per loop. With upload or download limits one loop does it all.',
  },
  serveFiles: {
    type: 'boolean',
    default: false,
    description:
      'Also serve the files of all complete artifacts over HTTP as a web seed (BEP 19), at /content/CONTENT-DIGEST/NAME/PATH. Whoever reaches the HTTP port can read them.',
  },
  advertiseFilesUrl: {
    type: 'string',
    description:
      'With --serve-files: base URL of /content/ as stock clients reach it; goes into .torrent files that are exported. Default: where HTTP listens, unless that is on all addresses.',
  },
  fileUploadLimit: {
    type: 'rate',
    min: MIN_RATE_LIMIT,
    description:
      'Most that is sent over HTTP with --serve-files, beside the upload limit. Default: no limit.',
  },
  ...peerLimitOptions,
  ...scrubOptions,
});

export type SeederConfig = OptionValues<typeof options>;
