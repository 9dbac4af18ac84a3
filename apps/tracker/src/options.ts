import {
  commonOptions,
  defineOptions,
  httpListenOption,
  listenOption,
  type OptionValues,
} from '@shoal/service';

/** Options of the tracker. */
export const options = defineOptions({
  ...commonOptions,
  listen: listenOption('127.0.0.1:7410'),
  httpListen: httpListenOption('127.0.0.1:7411'),
  catalogPublicKey: {
    type: 'path',
    required: true,
    description: 'PEM file: public key of the catalog, with which grants are checked.',
  },
  announceInterval: {
    type: 'duration',
    default: 60_000,
    min: 5_000,
    max: 3_600_000,
    description: 'Time between announces of stock clients over HTTP.',
  },
  maxSwarms: {
    type: 'integer',
    default: 100_000,
    min: 1,
    description: 'Swarms at once; further ones are refused.',
  },
  maxPeersPerSwarm: {
    type: 'integer',
    default: 100_000,
    min: 2,
    description: 'Peers in one swarm; further ones are refused.',
  },
});

export type TrackerConfig = OptionValues<typeof options>;
