/**
 * `npm run generate`: makes libs/contracts/src/gen from proto/, and docs/CONFIGURATION.md from the services' options.
 * `npm run generate -- --baseline`: records today's contracts as released, for `buf breaking`; done with each release.
 */
import { BASELINE, generate, writeBaseline } from './generated-code.ts';
import { ROOT } from './run-command.ts';

if (process.argv.includes('--baseline')) {
  await writeBaseline();
  process.stdout.write(`wrote ${BASELINE}\n`);
} else {
  await generate(ROOT);
  // Not before: it imports the services, which import what was generated.
  const { writeConfigurationDocs } = await import('./configuration-docs.ts');
  await writeConfigurationDocs();
  process.stdout.write('generated the contracts and docs/CONFIGURATION.md\n');
}
