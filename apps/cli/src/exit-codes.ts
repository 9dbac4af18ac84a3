import { Status } from 'nice-grpc-common';

/** What the command line ends with, for scripts. `shoal --help` lists them. */
export const ExitCode = {
  ok: 0,
  /** Something failed that is none of the below. */
  failure: 1,
  /** The command line, the configuration or the input is wrong: the same call fails again. */
  usage: 2,
  notFound: 3,
  /** Refused in the present state: taken, no targets, no copy. */
  conflict: 4,
  /** A service cannot be reached or ran out of time: trying again may help. */
  unavailable: 5,
  /** The rollout is decided and a host failed. */
  rolloutFailed: 6,
  /** `torrent verify` found damage, or `scrub` some that is not repaired yet. */
  damaged: 7,
  /** A later rollout took over hosts before they had activated this one's version. */
  rolloutSuperseded: 8,
  /** Ended by Ctrl-C. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** The exit code for an error that came over gRPC with this status. */
export function exitCodeOf(status: Status): ExitCode {
  switch (status) {
    case Status.OK:
      return ExitCode.ok;
    case Status.INVALID_ARGUMENT:
    case Status.OUT_OF_RANGE:
      return ExitCode.usage;
    case Status.NOT_FOUND:
      return ExitCode.notFound;
    case Status.ALREADY_EXISTS:
    case Status.FAILED_PRECONDITION:
    case Status.ABORTED:
      return ExitCode.conflict;
    case Status.UNAVAILABLE:
    case Status.DEADLINE_EXCEEDED:
    case Status.RESOURCE_EXHAUSTED:
      return ExitCode.unavailable;
    default:
      return ExitCode.failure;
  }
}
