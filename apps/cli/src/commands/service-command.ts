import { flushCompileCache } from 'node:module';
import {
  type Components,
  type LogLevel,
  type OptionSchema,
  type OptionValues,
  type Service,
  createLifecycle,
  createLogger,
  software,
  startTelemetry,
} from '@shoal/service';
import { aborted } from '../command-line/aborted.ts';
import type { CommandCall, CommandSpec, Example } from '../command-line/command.ts';
import { ExitCode } from '../exit-codes.ts';

/** Options that running a service needs, whatever the service. */
interface RunOptions {
  readonly logLevel: string;
  readonly otlpEndpoint: string | undefined;
}

/** A service of the platform as a command: its options, and how to make it. */
export interface ServiceCommandSpec<S extends OptionSchema> {
  readonly name: string;
  readonly description: string;
  readonly examples: readonly Example[];
  readonly options: S;
  readonly create: (components: Components, config: OptionValues<S>) => Service;
}

/** Makes a command that runs one service until it is interrupted. Logs go to standard output, one JSON document a line. */
export function serviceCommand<S extends OptionSchema>(spec: ServiceCommandSpec<S>): CommandSpec<S> {
  return { ...spec, run: (call) => runService(spec, call) };
}

async function runService<S extends OptionSchema>(
  spec: ServiceCommandSpec<S>,
  { options, environment }: CommandCall<S>,
): Promise<ExitCode> {
  // Every service's schema contains the common options.
  const { logLevel, otlpEndpoint } = options as OptionValues<S> & RunOptions;
  const service = `shoal-${spec.name}`;
  const logger = createLogger({ service, level: logLevel as LogLevel });
  const { version } = software();
  const telemetry = startTelemetry({ service, version, instance: String(process.pid), otlpEndpoint });
  const lifecycle = createLifecycle({ logger });
  try {
    lifecycle.add(spec.name, spec.create({ logger, telemetry }, options));
    await lifecycle.start();
    // The cache is written at exit, which a killed service never comes to.
    flushCompileCache();
    await aborted(environment.interrupted);
    logger.info('stopping');
    return ExitCode.ok;
  } finally {
    await lifecycle.stop();
    await telemetry.shutdown();
  }
}
