import { defineOptions } from '@shoal/service';

/** Prefix of the variables of every command that talks to a platform. */
export const CLIENT_PREFIX = 'SHOAL_';

/** Options of every command that talks to the catalog. */
export const clientOptions = defineOptions({
  catalog: { type: 'endpoint', default: '127.0.0.1:7400', description: "The catalog's gRPC endpoint." },
  namespace: {
    type: 'string',
    default: 'default',
    description: 'Namespace of artifacts, rollouts and hosts.',
  },
  tlsCa: {
    type: 'path',
    description: 'PEM file: authorities that the services are checked against. Turns TLS on.',
  },
  tlsCert: { type: 'path', description: 'PEM file: certificate this client shows.' },
  tlsKey: { type: 'path', description: 'PEM file: private key of the certificate.' },
  otlpEndpoint: {
    type: 'string',
    description: 'URL of an OTLP/HTTP collector for traces. Empty: no export.',
  },
  json: {
    type: 'boolean',
    default: false,
    description: 'Print JSON on standard output, one document or one a line.',
  },
});
