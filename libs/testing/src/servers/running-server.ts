/** A server process on loopback, however it runs. */
export interface RunningServer {
  /** Loopback TCP port; the same after a restart. */
  readonly port: number;
  /** Why it is not running, where that can be told. */
  exited(): string | undefined;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again after {@link kill}, on the same data; resolves before it answers. */
  start(): Promise<void>;
  /** Ends it for good and removes its data. */
  stop(): Promise<void>;
}
