import devkit from '@nx/devkit';
import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';
import { boundaries, noDeepImports } from './scripts/lint/boundaries.mjs';
import { library, pure } from './scripts/lint/purity.mjs';

// Without a project graph `@nx/enforce-module-boundaries` checks nothing and only warns: make a fresh one here.
process.env.NX_DAEMON = 'false';
await devkit.createProjectGraphAsync({ exitOnError: false });

/** What browsers are sent as it is: JavaScript with types in comments (ADR 0009). */
const CONSOLE = 'apps/console/public/**/*.js';

const TESTS = ['**/*.test.ts', 'tests/**/*.ts', 'libs/testing/**/*.ts'];

export default tseslint.config(
  { ignores: ['**/node_modules', '**/dist', '**/coverage', '.nx', '.cache', 'libs/contracts/src/gen'] },
  {
    files: ['**/*.ts', '**/*.mts', CONSOLE],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: { '@nx': nx },
    rules: {
      eqeqeq: 'error',
      'prefer-const': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // Numbers and bigints read well in messages; everything else must be turned into text on purpose.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `() => done()` in a callback is clearer than a block around one call.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'no-restricted-imports': noDeepImports,
    },
  },
  {
    files: ['**/*.ts', '**/*.mts'],
    ignores: TESTS,
    rules: {
      'max-lines': ['error', { max: 400 }],
      '@nx/enforce-module-boundaries': ['error', boundaries({ inTests: false })],
    },
  },
  {
    files: TESTS,
    rules: {
      '@nx/enforce-module-boundaries': ['error', boundaries({ inTests: true })],
      // A test states an invariant with `!`, and fails right there when it does not hold.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // `expect(bus.publish)` names a method without calling it.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  { files: ['libs/*/src/**/*.ts'], ignores: TESTS, rules: library },
  { files: ['libs/{protocol,swarm,simulator}/src/**/*.ts'], ignores: TESTS, rules: pure },
  { files: ['**/*.mjs', CONSOLE], rules: { 'max-lines': ['error', { max: 400 }] } },
  prettier,
);
