import { context, type Context, type Meter, ROOT_CONTEXT, type Tracer } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { withDeadline } from '../lifecycle/deadline.ts';
import {
  EXPORT_INTERVAL_MS,
  EXPORT_TIMEOUT_MS,
  MAX_QUEUED_SPANS,
  SHUTDOWN_DEADLINE_MS,
} from './constants.ts';

/** Trace context as it travels: the W3C headers `traceparent` and `tracestate`, in gRPC metadata, bus headers, records. */
export type TraceCarrier = Readonly<Record<string, string | undefined>>;

export interface TelemetryInit {
  /** `service.name` of spans and metrics. */
  readonly service: string;
  readonly version: string;
  /** Tells instances of one service apart, for example the host id. */
  readonly instance: string;
  /** Base URL of an OTLP/HTTP collector; without it nothing is exported. */
  readonly otlpEndpoint?: string | undefined;
}

/** Traces and metrics of one service. Several services share a process, so each has its own. */
export interface Telemetry {
  readonly tracer: Tracer;
  readonly meter: Meter;
  /** The context that a carrier from elsewhere describes; the empty one when it describes none. */
  contextOf(carrier: TraceCarrier): Context;
  /** The headers that carry `from` (the active context unless given) to another party; empty outside a trace. */
  inject(from?: Context): Record<string, string>;
  /** Every metric in the Prometheus text format. */
  metricsText(): Promise<string>;
  /** Sends what is queued, within a deadline, and stops. Never fails: a missing collector must not hold up a stop. */
  shutdown(): Promise<void>;
}

/** Starts the telemetry of a service. */
export function startTelemetry({ service, version, instance, otlpEndpoint }: TelemetryInit): Telemetry {
  shareContextManager();
  const resource = resourceFromAttributes({
    'service.name': service,
    'service.version': version,
    'service.instance.id': instance,
  });
  const tracers = new TracerProvider({ resource, spanProcessors: spanProcessors(otlpEndpoint) });
  const metrics = new PrometheusExporter({ preventServerStart: true });
  const meters = new MeterProvider({ resource, readers: [metrics] });
  const propagator = new W3CTraceContextPropagator();
  const serializer = new PrometheusSerializer();

  return {
    tracer: tracers.getTracer('shoal', version),
    meter: meters.getMeter('shoal', version),
    contextOf: (carrier) =>
      propagator.extract(ROOT_CONTEXT, carrier, {
        get: (headers: TraceCarrier, key) => headers[key],
        keys: (headers: TraceCarrier) => Object.keys(headers),
      }),
    inject(from = context.active()) {
      const carrier: Record<string, string> = {};
      propagator.inject(from, carrier, {
        set: (headers: Record<string, string>, key, value) => {
          headers[key] = value;
        },
      });
      return carrier;
    },
    async metricsText() {
      const { resourceMetrics } = await metrics.collect();
      return serializer.serialize(resourceMetrics);
    },
    async shutdown() {
      const stops = Promise.allSettled([tracers.shutdown(), meters.shutdown()]);
      await withDeadline(stops, SHUTDOWN_DEADLINE_MS, () => undefined);
    },
  };
}

/** The one global thing: how the active context follows awaits. Setting it again leaves the first in place. */
function shareContextManager(): void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
}

function spanProcessors(otlpEndpoint: string | undefined): BatchSpanProcessor[] {
  if (otlpEndpoint === undefined || otlpEndpoint === '') return [];
  const exporter = new OTLPTraceExporter({
    url: `${otlpEndpoint.replace(/\/+$/, '')}/v1/traces`,
    timeoutMillis: EXPORT_TIMEOUT_MS,
  });
  return [
    new BatchSpanProcessor({
      exporter,
      scheduledDelayMillis: EXPORT_INTERVAL_MS,
      exportTimeoutMillis: EXPORT_TIMEOUT_MS,
      maxQueueSize: MAX_QUEUED_SPANS,
    }),
  ];
}
