import type { Service } from './service.ts';

/** A service that says where it is reached. */
export interface AddressedService<Addresses> extends Service {
  /** Set while the service runs. */
  readonly addresses: Addresses | undefined;
}

/**
 * Makes a service of a function that starts its parts, leaves with `stack` how each is stopped, and gives the addresses.
 * When it fails half way, the parts that had started are stopped again. `stop` undoes the start in reverse; a service can
 * be started again after it.
 */
export function createStackService<Addresses>(
  startParts: (stack: AsyncDisposableStack) => Promise<Addresses>,
): AddressedService<Addresses> {
  let running: { readonly stack: AsyncDisposableStack; readonly addresses: Addresses } | undefined;
  return {
    get addresses() {
      return running?.addresses;
    },
    async start() {
      await using stack = new AsyncDisposableStack();
      const addresses = await startParts(stack);
      running = { stack: stack.move(), addresses };
    },
    async stop() {
      const { stack } = running ?? {};
      running = undefined;
      await stack?.disposeAsync();
    },
  };
}
