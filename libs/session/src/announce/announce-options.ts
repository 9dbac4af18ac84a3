/** How one announce is made. */
export interface AnnounceOptions {
  /** From the look-up of the name to the last byte, in milliseconds. @default that of the kind of tracker */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
  /** Address that the request leaves from. @default the system's choice */
  readonly localAddress?: string | undefined;
}
