import type { Terminal } from '../output/terminal.ts';

/** What a command gets of the world around it; `main.ts` makes the real one, tests their own. */
export interface CommandEnvironment {
  /** Environment variables. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly terminal: Terminal;
  /** Fires on SIGINT and SIGTERM: the command winds down and returns. */
  readonly interrupted: AbortSignal;
}
