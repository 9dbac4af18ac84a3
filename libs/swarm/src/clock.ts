/** Tells the time to what must run the same on a virtual clock. */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number;
}
