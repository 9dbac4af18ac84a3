import type { Software } from '@shoal/contracts';

/** Version of this build: the one of package.json (a test compares them). */
const VERSION = '0.1.0';

/** What a party of this build says of itself in every hello; `capabilities` are the optional features it has. */
export function software(capabilities: readonly string[] = []): Software {
  return { version: VERSION, capabilities: [...capabilities].sort() };
}

/** Whether both ends named a feature. */
export function hasCapability(a: Software | undefined, b: Software | undefined, name: string): boolean {
  return a?.capabilities.includes(name) === true && b?.capabilities.includes(name) === true;
}
