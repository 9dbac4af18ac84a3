import { type OptionSchema, type OptionValues, software, startTelemetry, withSpan } from '@shoal/service';
import type { CommandCall, CommandSpec } from '../command-line/command.ts';
import type { ExitCode } from '../exit-codes.ts';
import { type CatalogClient, createCatalogClient } from './catalog-client.ts';
import { CLIENT_PREFIX, clientOptions } from './client-options.ts';

type ClientOptions = typeof clientOptions;

/** A call of a command that talks to the catalog. */
export interface ClientCall<S extends OptionSchema> extends CommandCall<S & ClientOptions> {
  readonly client: CatalogClient;
}

/** A {@link CommandSpec} whose `run` is given a client. Its variables start with `SHOAL_`, shared by all of them. */
export interface ClientCommandSpec<S extends OptionSchema> extends Omit<CommandSpec<S>, 'run'> {
  run(call: ClientCall<S>): Promise<ExitCode>;
}

/** Makes a command that opens a client before it runs and closes it after, all inside one trace span. */
export function clientCommand<S extends OptionSchema>(
  spec: ClientCommandSpec<S>,
): CommandSpec<S & ClientOptions> {
  return {
    ...spec,
    options: { ...spec.options, ...clientOptions },
    envPrefix: CLIENT_PREFIX,
    run: (call) => runWithClient(spec, call),
  };
}

async function runWithClient<S extends OptionSchema>(
  spec: ClientCommandSpec<S>,
  call: CommandCall<S & ClientOptions>,
): Promise<ExitCode> {
  const connection = call.options as OptionValues<ClientOptions>;
  const { version } = software();
  const telemetry = startTelemetry({
    service: 'shoal-cli',
    version,
    instance: String(process.pid),
    otlpEndpoint: connection.otlpEndpoint,
  });
  const client = createCatalogClient({ telemetry }, connection);
  try {
    return await withSpan(telemetry, `shoal ${spec.name}`, {}, () => spec.run({ ...call, client }));
  } finally {
    client.close();
    await telemetry.shutdown();
  }
}
