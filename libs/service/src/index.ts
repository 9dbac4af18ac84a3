export { type Endpoint, formatEndpoint, type HostPort, parseEndpoint } from './endpoint.ts';
export { ConfigError, type ConfigProblem } from './options/config-error.ts';
export { commonOptions, dataDirOption, httpListenOption, listenOption } from './options/common-options.ts';
export { describeOptions } from './options/describe-options.ts';
export { formatDefault } from './options/format-value.ts';
export { loadOptions, type OptionSources } from './options/load-options.ts';
export {
  defineOptions,
  flagName,
  type Option,
  type OptionSchema,
  type OptionType,
  type OptionTypes,
  type OptionValues,
  variableName,
} from './options/option.ts';
export { createLogger, type Logger, type LoggerInit, type LogLevel } from './logging/logger.ts';
export { outsideTrace, type SpanInit, withSpan } from './telemetry/span.ts';
export {
  startTelemetry,
  type Telemetry,
  type TelemetryInit,
  type TraceCarrier,
} from './telemetry/telemetry.ts';
export {
  createGrpcChannel,
  type GrpcChannel,
  type GrpcChannelInit,
  type GrpcClient,
} from './grpc/channel.ts';
export { createGrpcServer, type GrpcServer, type GrpcServerInit } from './grpc/server.ts';
export type { RequestContext } from './grpc/server-middleware.ts';
export { createHttpServer, type HttpServer, type HttpServerInit } from './http/http-server.ts';
export { type AnsweredFile, fileResponse } from './http/file-response.ts';
export type { ByteRange } from './http/byte-range.ts';
export { pathComponents } from './http/path-components.ts';
export { type HttpHandler, type HttpRequest, type HttpResponse, json, text } from './http/http-message.ts';
export { createSigner, createSignerFromFile, generatePrivateKey, type Signer } from './credentials/signer.ts';
export { createVerifier, createVerifierFromFile, type Dated, type Verifier } from './credentials/verifier.ts';
export { assertSafeBinding } from './tls/safe-binding.ts';
export { authoritiesFromFile } from './tls/authorities.ts';
export { type Tls, tlsFromFiles, type TlsPaths } from './tls/tls-files.ts';
export { isAbortError, orAborted } from './lifecycle/abort.ts';
export { BackgroundLoop } from './lifecycle/background-loop.ts';
export { withDeadline } from './lifecycle/deadline.ts';
export { createLifecycle, type Lifecycle, type LifecycleInit } from './lifecycle/lifecycle.ts';
export { backoffMs, retry, type RetryInit } from './lifecycle/retry.ts';
export { serveUntilStopped } from './lifecycle/serve.ts';
export { type Clock, type Components, type Service, systemClock } from './lifecycle/service.ts';
export { type AddressedService, createStackService } from './lifecycle/stack-service.ts';
export { hasCapability, software } from './lifecycle/software.ts';
