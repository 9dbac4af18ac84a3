import { ProtocolError } from '../errors.ts';

const REMEDIES = {
  SHOAL_TRACKER_QUERY_TOO_LONG: 'Ask for fewer info-hashes at once.',
  SHOAL_TRACKER_QUERY_ENCODING: 'Percent-encode every byte that is not a letter, digit or one of "-._~".',
  SHOAL_TRACKER_PARAMETER_MISSING: 'Send the parameter (BEP 3).',
  SHOAL_TRACKER_PARAMETER_INVALID: 'Send a value as BEP 3 describes it.',
  SHOAL_TRACKER_PARAMETER_DUPLICATE: 'Send the parameter once.',
  SHOAL_TRACKER_FAILURE: 'Act on the reason that the tracker gives.',
  SHOAL_TRACKER_RESPONSE_INVALID: 'Check that the announce URL leads to a BitTorrent tracker.',
} as const;

/** Stable codes of {@link TrackerWireError}. */
export type TrackerWireErrorCode = keyof typeof REMEDIES;

/**
 * Raised when an announce or scrape, or the answer to one, is not what BEP 3 and its extensions describe; and, with
 * code SHOAL_TRACKER_FAILURE and the tracker's own words as the message, when a tracker refuses.
 */
export class TrackerWireError extends ProtocolError {
  declare readonly code: TrackerWireErrorCode;
  /** The query parameter or field of the answer at fault, where there is one. */
  readonly parameter: string | undefined;

  constructor(code: TrackerWireErrorCode, message: string, parameter?: string, options?: ErrorOptions) {
    super(code, message, REMEDIES[code], options);
    this.parameter = parameter;
  }
}
