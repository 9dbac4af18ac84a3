import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino';
import type { LOG_LEVELS } from '../options/common-options.ts';
import { redact } from './redact.ts';

/** Structured logger of a service: pino, with secrets taken out. Fields first, then the message. */
export type Logger = PinoLogger;

export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LoggerInit {
  /** Name of the service, in every line. */
  readonly service: string;
  readonly level: LogLevel;
  /** Where lines go; standard output when not given. */
  readonly destination?: DestinationStream;
}

/** Makes the logger of a service. Values of fields that hold secrets, and grants or tickets inside texts, are replaced. */
export function createLogger({ service, level, destination }: LoggerInit): Logger {
  const options = {
    level,
    base: { service },
    // Errors come out of redact() as plain fields already.
    serializers: { err: (error: unknown) => error },
    formatters: { log: (fields: Record<string, unknown>) => redact(fields) as Record<string, unknown> },
    hooks: {
      logMethod(this: PinoLogger, args: Parameters<PinoLogger['info']>, method: PinoLogger['info']) {
        method.apply(
          this,
          args.map((arg: unknown) => (typeof arg === 'string' ? redact(arg) : arg)) as typeof args,
        );
      },
    },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
