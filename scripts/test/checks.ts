import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkConfigurationDocs } from '../configuration-docs.ts';
import { BASELINE, checkGenerated } from '../generated-code.ts';
import { node, ROOT, runCommand, type Command } from '../run-command.ts';

const MINUTE = 60_000;

/** A check of the source that needs no test: it passes or it fails. */
export interface Check {
  readonly name: string;
  /** Undefined when all is well, else what is wrong. */
  run(): Promise<string | undefined>;
}

/** Everything but the types. */
export const lintChecks: readonly Check[] = [
  command('eslint', node('node_modules/eslint/bin/eslint.js', '.'), 6 * MINUTE),
  command('prettier', node('node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.')),
  command('knip (unused files, exports and dependencies)', node('node_modules/knip/bin/knip.js')),
  command('buf lint', node('node_modules/@bufbuild/buf/bin/buf', 'lint')),
  { name: 'buf breaking', run: checkBreaking },
  { name: 'generated contracts are up to date', run: checkGenerated },
  { name: 'docs/CONFIGURATION.md is up to date', run: checkConfigurationDocs },
];

/** The whole repository is one TypeScript program, but for what runs in browsers. */
export const typeChecks: readonly Check[] = [
  command(
    'typescript',
    node('node_modules/typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.json'),
    6 * MINUTE,
  ),
  command(
    'typescript (apps/console)',
    node('node_modules/typescript/bin/tsc', '--noEmit', '-p', 'apps/console/tsconfig.json'),
  ),
];

function command(
  name: string,
  what: Pick<Command, 'program' | 'args'>,
  deadline: number = 3 * MINUTE,
): Check {
  return {
    name,
    run: async () => {
      const { code, output, timedOut } = await runCommand({ ...what, deadline });
      if (timedOut) return `not done after ${deadline / 1000} s\n${output}`;
      return code === 0 ? undefined : output;
    },
  };
}

/** The contracts must stay compatible with the last release's (`npm run generate -- --baseline` records one). */
async function checkBreaking(): Promise<string | undefined> {
  if (!existsSync(join(ROOT, BASELINE))) return `${BASELINE} is missing: run npm run generate -- --baseline`;
  const buf = node('node_modules/@bufbuild/buf/bin/buf', 'breaking', '--against', BASELINE);
  return command('buf breaking', buf).run();
}
