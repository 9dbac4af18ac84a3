import { findOnMachine, type TestResource } from './machine.ts';

/**
 * Whether tests may count on a resource: `describe.skipIf(!isAvailable('postgres'))`.
 * The test runner says what it could not provide in SHOAL_TEST_MISSING; without the runner (a bare `vitest run`)
 * whatever is installed on the machine counts.
 */
export function isAvailable(resource: TestResource): boolean {
  const missing = process.env['SHOAL_TEST_MISSING'];
  if (missing === undefined) return findOnMachine(resource) !== undefined;
  return !missing.split(',').includes(resource);
}

/** How to run a server: in a container of `image`, or the `executable` of this machine. */
export type ServerSource =
  | { readonly kind: 'container'; readonly image: string }
  | { readonly kind: 'binary'; readonly executable: string };

/**
 * Where the server for tests comes from. The runner chooses with SHOAL_TEST_POSTGRES and SHOAL_TEST_NATS
 * (`container:<image>` or `binary`).
 * @throws Error when there is none: tests ask {@link isAvailable} first.
 */
export function serverSource(server: 'postgres' | 'nats'): ServerSource {
  const choice = process.env[`SHOAL_TEST_${server.toUpperCase()}`] ?? 'binary';
  if (choice.startsWith('container:')) return { kind: 'container', image: choice.slice('container:'.length) };
  const executable = findOnMachine(server);
  if (executable === undefined) {
    throw new Error(
      `There is no ${server} server for tests here: install it, or run the tests with npm test`,
    );
  }
  return { kind: 'binary', executable };
}
