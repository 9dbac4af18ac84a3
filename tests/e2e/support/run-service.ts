// Runs one service until killed: `run-service.ts agent|seeder <options as JSON>`. Sends its addresses to the parent.
import * as agent from '@shoal/agent';
import * as seeder from '@shoal/seeder';
import { createLogger, loadOptions, startTelemetry } from '@shoal/service';

const [app = '', json = '{}'] = process.argv.slice(2);
const flags = JSON.parse(json) as Record<string, unknown>;
const level = (process.env['E2E_LOG'] ?? 'silent') as 'silent';
const components = {
  logger: createLogger({ service: app, level, destination: process.stderr }),
  telemetry: startTelemetry({ service: app, version: '0', instance: 'child' }),
};
const sources = { flags, envPrefix: '' };
const service =
  app === 'agent'
    ? agent.createService(components, loadOptions(agent.options, sources))
    : seeder.createService(components, loadOptions(seeder.options, sources));
await service.start();
process.send?.(service.addresses);
process.on('disconnect', () => process.exit());
