import type { SessionInit } from '@shoal/session';
import { ContestantArgumentError } from './arguments.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

type Settings = Partial<SessionInit>;

/** What `--opt` can change in a session: name → the settings that a number makes, beside those that are there. */
const OPTIONS: Readonly<Record<string, (value: number, settings: Settings) => Settings>> = {
  /** Open connections. */
  connections: (maxConnections) => ({ maxConnections }),
  /** Memory for pieces being received, in MiB. */
  buffers: (mib) => ({ bufferBudgetBytes: mib * MIB }),
  /** Event loops that a seeder's connections are spread over. */
  loops: (loops) => ({ loops }),
  /** Most payload sent and received, in KiB per second. */
  up: (kib, { limits }) => ({ limits: { ...limits, upload: kib * KIB } }),
  down: (kib, { limits }) => ({ limits: { ...limits, download: kib * KIB } }),
  /** Finds peers in the local network, with 1. */
  lsd: (value) => ({ localDiscovery: value === 1 }),
};

/**
 * Settings of a session from `--opt KEY=VALUE`.
 * @throws ContestantArgumentError
 */
export function sessionOptions(options: ReadonlyMap<string, string>): Settings {
  let settings: Settings = {};
  for (const [key, text] of options) {
    const apply = Object.hasOwn(OPTIONS, key) ? OPTIONS[key] : undefined;
    const value = Number(text);
    if (apply === undefined || !Number.isSafeInteger(value) || value < 1) {
      throw new ContestantArgumentError(
        `--opt ${key}=${text}: Shoal takes ${Object.keys(OPTIONS).join(', ')}, each a whole number from 1`,
      );
    }
    settings = { ...settings, ...apply(value, settings) };
  }
  return settings;
}
