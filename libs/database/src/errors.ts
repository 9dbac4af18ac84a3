import { errorClassOf, Status } from '@shoal/contracts';

const FAILURES = {
  SHOAL_DATABASE_UNAVAILABLE: {
    status: Status.UNAVAILABLE,
    remedy: 'Check that PostgreSQL runs, can be reached and takes connections; try again.',
  },
  SHOAL_DATABASE_TIMEOUT: {
    status: Status.UNAVAILABLE,
    remedy: 'Try again; if it stays, look for long transactions, or raise the statement timeout.',
  },
  SHOAL_DATABASE_CONFLICT: {
    status: Status.ABORTED,
    remedy: 'Read the current state and decide again.',
  },
  SHOAL_DATABASE_FULL: {
    status: Status.RESOURCE_EXHAUSTED,
    remedy: 'Give the database more disk, memory or connections.',
  },
  SHOAL_DATABASE_REFUSED: {
    status: Status.FAILED_PRECONDITION,
    remedy: 'Check user, password, database name and privileges in the connection URL.',
  },
  SHOAL_DATABASE_MIGRATION: {
    status: Status.FAILED_PRECONDITION,
    remedy: 'Run the newest version of the service that has ever run on this database, or restore a backup.',
  },
  SHOAL_DATABASE_NESTED_USE: {
    status: Status.INTERNAL,
    remedy: 'Inside transaction() use the transaction it hands over, not the database around it.',
  },
  SHOAL_DATABASE_BAD_PAGE: {
    status: Status.INVALID_ARGUMENT,
    remedy: 'Ask for 1 to 1000 items and pass next_page_token of the previous response as it is.',
  },
  SHOAL_DATABASE_LEASE_LOST: {
    status: Status.ABORTED,
    remedy: 'Stop the work done under the lease, and acquire it again.',
  },
  SHOAL_DATABASE_QUERY: {
    status: Status.INTERNAL,
    remedy: 'This is a fault in Shoal: report it with the message and the SQLSTATE.',
  },
} as const;

/** Stable codes of what can go wrong with the database. */
export type DatabaseErrorCode = keyof typeof FAILURES;

/** What a {@link DatabaseError} knows beside code and message. */
export interface DatabaseErrorDetail {
  /** PostgreSQL's five-character code, where it came from the server. */
  readonly sqlState?: string;
  /** The constraint that was violated, where one was. */
  readonly constraint?: string;
  readonly cause?: unknown;
}

/**
 * A failure of the database. After UNAVAILABLE or TIMEOUT of a commit it is unknown whether it happened: repeat the
 * operation under the same key. It crosses the wire as any {@link ShoalError}.
 */
export class DatabaseError extends errorClassOf(FAILURES) {
  readonly sqlState: string | undefined;
  readonly constraint: string | undefined;

  constructor(code: DatabaseErrorCode, message: string, detail: DatabaseErrorDetail = {}) {
    super(code, message, detail);
    this.sqlState = detail.sqlState;
    this.constraint = detail.constraint;
  }
}
