/** Something that no caller can be told of, for the log and the metrics of the service. */
export type BusIncident =
  | { readonly kind: 'connected' | 'disconnected' }
  /** No connection could be made; it is tried again. */
  | { readonly kind: 'connect-failed'; readonly error: unknown }
  /** A handler threw. A plain message is gone, a durable one comes again. */
  | { readonly kind: 'handler-failed'; readonly subject: string; readonly error: unknown }
  /** A plain subscription's queue was full. */
  | { readonly kind: 'message-dropped'; readonly subject: string }
  /** A subscription or consumption lost its way to the server; it is set up again. */
  | { readonly kind: 'detached'; readonly subject: string; readonly error: unknown };

/** What a bus is given by its service. */
export interface BusComponents {
  /** Called for each incident. Must not throw. */
  readonly report: (incident: BusIncident) => void;
}
