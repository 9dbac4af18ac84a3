import { type Account } from './account.ts';
import type { RunningServer } from './running-server.ts';
import { SupervisedProcess } from './supervised-process.ts';

/** A server of this machine: its command, and the directory that holds its data. */
export interface LocalServerSpec {
  readonly command: string;
  readonly args: readonly string[];
  readonly directory: string;
  readonly port: number;
  readonly account: Account | undefined;
}

/** Runs a server of this machine as a child that ends with us. */
export function startLocalServer(spec: LocalServerSpec): RunningServer {
  let server = new SupervisedProcess(spec);
  return {
    port: spec.port,
    exited: () => server.exited(),
    kill: () => server.kill(),
    start: () => {
      server = new SupervisedProcess(spec);
      return Promise.resolve();
    },
    stop: () => server.stop(),
  };
}
