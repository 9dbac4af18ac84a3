import { createGrpcChannel, type GrpcChannel, software, startTelemetry, type Tls } from '@shoal/service';

/**
 * Lets `use` talk to the service at an endpoint, and disconnects.
 * @param command names the caller in traces
 */
export async function withChannel<T>(
  init: { readonly endpoint: string; readonly tls?: Tls | undefined },
  command: string,
  use: (channel: GrpcChannel) => Promise<T>,
): Promise<T> {
  const telemetry = startTelemetry({
    service: 'shoal-cli',
    version: software().version,
    instance: command,
  });
  const channel = createGrpcChannel({ telemetry }, init);
  try {
    return await use(channel);
  } finally {
    channel.close();
    await telemetry.shutdown();
  }
}
