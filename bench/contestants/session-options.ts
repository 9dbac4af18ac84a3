import type { SessionInit } from '@shoal/session';
import { ContestantArgumentError } from './arguments.ts';

const MIB = 1024 * 1024;

/** What `--opt` can change in a session: name → the settings that a number makes. */
const OPTIONS: Readonly<Record<string, (value: number) => Partial<SessionInit>>> = {
  /** Open connections. */
  connections: (maxConnections) => ({ maxConnections }),
  /** Memory for pieces being received, in MiB. */
  buffers: (mib) => ({ bufferBudgetBytes: mib * MIB }),
};

/**
 * Settings of a session from `--opt KEY=VALUE`.
 * @throws ContestantArgumentError
 */
export function sessionOptions(options: ReadonlyMap<string, string>): Partial<SessionInit> {
  const settings = [...options].map(([key, text]) => {
    const apply = Object.hasOwn(OPTIONS, key) ? OPTIONS[key] : undefined;
    const value = Number(text);
    if (apply === undefined || !Number.isSafeInteger(value) || value < 1) {
      throw new ContestantArgumentError(
        `--opt ${key}=${text}: Shoal takes ${Object.keys(OPTIONS).join(' and ')}, each a whole number from 1`,
      );
    }
    return apply(value);
  });
  return Object.assign({}, ...settings) as Partial<SessionInit>;
}
