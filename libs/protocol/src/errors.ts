/**
 * Base of every error this package raises. `code` is stable and meant for programs, `message` says what was wrong,
 * `remedy` what to do about it; subclasses add the facts as fields.
 */
export abstract class ProtocolError extends Error {
  readonly code: string;
  readonly remedy: string;

  constructor(code: string, message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    this.remedy = remedy;
  }
}
