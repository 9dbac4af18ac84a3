import { ProtocolError } from '../errors.ts';

/** Stable codes of {@link BencodeError}. */
export type BencodeErrorCode =
  | 'SHOAL_BENCODE_TRUNCATED'
  | 'SHOAL_BENCODE_UNEXPECTED_BYTE'
  | 'SHOAL_BENCODE_INVALID_INTEGER'
  | 'SHOAL_BENCODE_INTEGER_RANGE'
  | 'SHOAL_BENCODE_INVALID_LENGTH'
  | 'SHOAL_BENCODE_UNSORTED_KEYS'
  | 'SHOAL_BENCODE_DUPLICATE_KEY'
  | 'SHOAL_BENCODE_MISSING_VALUE'
  | 'SHOAL_BENCODE_TRAILING_BYTES'
  | 'SHOAL_BENCODE_NOT_A_DICTIONARY'
  | 'SHOAL_BENCODE_TOO_LARGE'
  | 'SHOAL_BENCODE_TOO_DEEP'
  | 'SHOAL_BENCODE_TOO_MANY_TOKENS';

/** Raised when bytes are not canonical bencode, or are more than the limits allow. */
export class BencodeError extends ProtocolError {
  declare readonly code: BencodeErrorCode;
  /** Where in the input decoding stopped, in bytes. */
  readonly offset: number;

  constructor(code: BencodeErrorCode, message: string, offset: number) {
    super(
      code,
      `${message} (at byte ${String(offset)})`,
      'The data is damaged, or its writer does not encode canonically: obtain it again or re-create it.',
    );
    this.offset = offset;
  }
}

/** Stable codes of {@link BencodeFieldError}. */
export type BencodeFieldErrorCode =
  | 'SHOAL_BENCODE_FIELD_MISSING'
  | 'SHOAL_BENCODE_FIELD_TYPE'
  | 'SHOAL_BENCODE_FIELD_RANGE'
  | 'SHOAL_BENCODE_FIELD_ENCODING';

/** Raised when well-formed bencode lacks a field, or holds a value in it that its reader cannot take. */
export class BencodeFieldError extends ProtocolError {
  declare readonly code: BencodeFieldErrorCode;
  /** Path of the field from the outermost dictionary, as `info.files[2].length`. */
  readonly field: string;

  constructor(code: BencodeFieldErrorCode, field: string, message: string) {
    super(code, `${field}: ${message}`, `Correct the field ${field} where the data is made.`);
    this.field = field;
  }
}
