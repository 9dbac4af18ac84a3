import { Channel, ChannelCredentials, type ChannelOptions } from '@grpc/grpc-js';
import { type Client, type CompatServiceDefinition, createClientFactory } from 'nice-grpc';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { Tls } from '../tls/tls-files.ts';
import {
  type DeadlineOptions,
  limitClientCalls,
  restoreClientErrors,
  traceClientCalls,
} from './client-middleware.ts';
import {
  DEFAULT_DEADLINE_MS,
  DEFAULT_MAX_MESSAGE_BYTES,
  KEEPALIVE_MS,
  KEEPALIVE_TIMEOUT_MS,
  MAX_RECONNECT_BACKOFF_MS,
  STREAM_WINDOW_BYTES,
} from './constants.ts';

export interface GrpcChannelInit {
  /** `host:port` or `unix:/path`. */
  readonly endpoint: string;
  /** Without it, plain text. */
  readonly tls?: Tls | undefined;
  /** Deadline of unary calls that name none, in milliseconds; 10 s unless given. */
  readonly deadlineMs?: number;
  /** Largest message either way, in bytes; 4 MiB unless given. */
  readonly maxMessageBytes?: number;
}

/** The client of a service. Calls fail with `ShoalError` or, when the caller aborts them, the reason of its signal. */
export type GrpcClient<Definition extends CompatServiceDefinition> = Client<Definition, DeadlineOptions>;

/** A connection to one endpoint, made when first needed and made again when lost. */
export interface GrpcChannel {
  client<Definition extends CompatServiceDefinition>(definition: Definition): GrpcClient<Definition>;
  /** Ends the connection and the calls on it. */
  close(): void;
}

/** Opens a channel to an endpoint. */
export function createGrpcChannel(
  { telemetry }: { readonly telemetry: Telemetry },
  init: GrpcChannelInit,
): GrpcChannel {
  const {
    endpoint,
    tls,
    deadlineMs = DEFAULT_DEADLINE_MS,
    maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES,
  } = init;
  const channel = new Channel(endpoint, credentials(tls), channelOptions(maxMessageBytes));
  // nice-grpc invokes the middleware attached last first.
  const factory = createClientFactory()
    .use(limitClientCalls(deadlineMs))
    .use(restoreClientErrors(endpoint))
    .use(traceClientCalls(telemetry));
  return {
    client: (definition) => factory.create(definition, channel),
    close: () => channel.close(),
  };
}

function channelOptions(maxMessageBytes: number): ChannelOptions {
  return {
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
    'grpc-node.flow_control_window': STREAM_WINDOW_BYTES,
    'grpc.keepalive_time_ms': KEEPALIVE_MS,
    'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': MAX_RECONNECT_BACKOFF_MS,
    // Channels of one process to one endpoint stay apart: a service owns its connections and closes them.
    'grpc.use_local_subchannel_pool': 1,
  };
}

function credentials(tls: Tls | undefined): ChannelCredentials {
  if (tls === undefined) return ChannelCredentials.createInsecure();
  return ChannelCredentials.createSsl(tls.ca ?? null, tls.identity?.key ?? null, tls.identity?.cert ?? null);
}
