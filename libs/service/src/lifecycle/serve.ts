/** A server, as `createGrpcServer` and `createHttpServer` make them. */
export interface StartableServer {
  start(): Promise<{ readonly endpoint: string }>;
  stop(graceMs: number): Promise<void>;
}

/**
 * Starts a server that `stack` stops, giving calls in progress `graceMs` milliseconds. Returns its endpoint, with the port
 * the system chose.
 * @throws the errors of its `start`
 */
export async function serveUntilStopped(
  server: StartableServer,
  graceMs: number,
  stack: AsyncDisposableStack,
): Promise<string> {
  stack.defer(() => server.stop(graceMs));
  const { endpoint } = await server.start();
  return endpoint;
}
