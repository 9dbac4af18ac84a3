import { defineOptions } from './option.ts';

/** Levels of the log, quietest last. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;

/** Options that every service has. */
export const commonOptions = defineOptions({
  config: {
    type: 'path',
    description: 'YAML file with options, under the names of the flags without dashes in front.',
  },
  tlsCert: {
    type: 'path',
    description: 'PEM file: certificate chain of this service, shown to clients and servers.',
  },
  tlsKey: { type: 'path', description: 'PEM file: private key of the certificate.' },
  tlsCa: {
    type: 'path',
    description:
      'PEM file: authorities that peers are checked against. With it, clients must show a certificate.',
  },
  insecure: {
    type: 'boolean',
    default: false,
    description: 'Allow listening off loopback without TLS: anyone on the network can read and command.',
  },
  logLevel: {
    type: 'string',
    default: 'info',
    choices: LOG_LEVELS,
    description: 'Least level that is logged.',
  },
  otlpEndpoint: {
    type: 'string',
    description:
      'URL of an OTLP/HTTP collector for traces, for example http://localhost:4318. Empty: no export.',
  },
});

/** The option for the gRPC listener; `endpoint` is its default. */
export function listenOption<const E extends string>(endpoint: E) {
  return {
    type: 'endpoint',
    default: endpoint,
    description: 'Where gRPC listens. Port 0: any free port.',
  } as const;
}

/** The option for the HTTP listener; `endpoint` is its default. */
export function httpListenOption<const E extends string>(endpoint: E) {
  return {
    type: 'endpoint',
    default: endpoint,
    description: 'Where HTTP listens: /healthz, /readyz and /metrics too. Port 0: any free port.',
  } as const;
}

/** The option for the directory a service keeps its files in; `path` is its default. */
export function dataDirOption<const P extends string>(path: P) {
  return {
    type: 'path',
    default: path,
    description: 'Directory for everything this service keeps.',
  } as const;
}
