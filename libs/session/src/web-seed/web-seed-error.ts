/** Stable codes of {@link WebSeedError}. */
export type WebSeedErrorCode =
  /** No connection, a connection that broke, silence, or an error of the server's own. */
  | 'SHOAL_WEB_SEED_UNREACHABLE'
  /** 429 or 503. */
  | 'SHOAL_WEB_SEED_BUSY'
  /** What it answers is of no use: no ranges, a redirect, compressed, another length, not found. */
  | 'SHOAL_WEB_SEED_UNFIT';

const REMEDIES: Readonly<Record<WebSeedErrorCode, string>> = {
  SHOAL_WEB_SEED_UNREACHABLE: 'See whether the origin is up; it is tried again after a pause.',
  SHOAL_WEB_SEED_BUSY: 'Give the origin more capacity, or the hosts more seeders.',
  SHOAL_WEB_SEED_UNFIT: 'Name the URL that serves the files themselves, in byte ranges, without redirects.',
};

/** An HTTP request to a web seed has failed. */
export class WebSeedError extends Error {
  override readonly name = 'WebSeedError';
  readonly code: WebSeedErrorCode;
  /** What can be done about it. */
  readonly remedy: string;
  /** Milliseconds that the origin asks us to wait. */
  readonly retryAfter: number | undefined;

  constructor(
    code: WebSeedErrorCode,
    message: string,
    options: { readonly retryAfter?: number | undefined; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.remedy = REMEDIES[code];
    this.retryAfter = options.retryAfter;
  }
}
