const REMEDIES = {
  SHOAL_ANNOUNCE_URL: 'Give an announce URL of http://, https:// or udp://host:port.',
  SHOAL_ANNOUNCE_UNREACHABLE: 'Check that the tracker runs and can be reached from this host.',
  SHOAL_ANNOUNCE_DEADLINE: 'Check that the tracker is not overloaded; it is asked again after a pause.',
  SHOAL_ANNOUNCE_STATUS: 'Check that the announce URL is that of a tracker; redirects are not followed.',
  SHOAL_ANNOUNCE_TOO_LARGE: 'Check that the announce URL is that of a tracker.',
} as const;

/** Stable codes of {@link AnnounceError}. */
export type AnnounceErrorCode = keyof typeof REMEDIES;

/** Raised when a tracker could not be asked. What it says in its answer is a `TrackerWireError`. */
export class AnnounceError extends Error {
  override readonly name = 'AnnounceError';
  readonly code: AnnounceErrorCode;
  readonly remedy: string;

  constructor(code: AnnounceErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.remedy = REMEDIES[code];
  }
}
