import { join } from 'node:path';
import { ESLint } from 'eslint';
import { beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../run-command.ts';

const BOUNDARIES = '@nx/enforce-module-boundaries';

/** Rules broken by `code` if it stood in an existing file of the repository. */
async function brokenRules(file: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath: join(ROOT, file) });
  return [...new Set(result?.messages.map((message) => message.ruleId ?? message.message))];
}

const eslint = new ESLint({ cwd: ROOT });

// The first file makes the program of the whole repository: a minute on a busy machine.
beforeAll(() => brokenRules('libs/protocol/src/index.ts', ''), 180_000);

describe('module boundaries', () => {
  it.each([
    ['apps/agent/src/index.ts', '@shoal/catalog'],
    ['apps/seeder/src/index.ts', '@shoal/cli'],
    ['libs/swarm/src/index.ts', '@shoal/session'],
    ['libs/protocol/src/index.ts', '@shoal/contracts'],
    ['libs/database/src/index.ts', '@shoal/messaging'],
    ['libs/messaging/src/index.ts', '@shoal/service'],
    ['apps/agent/src/index.ts', '@shoal/testing'],
  ])('%s may not import %s', async (file, name) => {
    expect(await brokenRules(file, `export * from '${name}';\n`)).toContain(BOUNDARIES);
  });

  it.each([
    ['libs/swarm/src/index.ts', '@shoal/protocol'],
    ['apps/agent/src/index.ts', '@shoal/session'],
    ['apps/cli/src/index.ts', '@shoal/catalog'],
  ])('%s may import %s', async (file, name) => {
    expect(await brokenRules(file, `export * from '${name}';\n`)).toEqual([]);
  });

  it('no package reaches into another, by name or by path', async () => {
    const file = 'apps/agent/src/index.ts';
    expect(await brokenRules(file, "export * from '@shoal/protocol/src/index.ts';\n")).toContain(
      'no-restricted-imports',
    );
    expect(await brokenRules(file, "export * from '../../../libs/protocol/src/index.ts';\n")).toContain(
      BOUNDARIES,
    );
  });
});

describe('purity', () => {
  const file = 'libs/protocol/src/index.ts';

  it.each([
    ["import { readFileSync } from 'node:fs';\nexport const f = readFileSync;", 'no-restricted-imports'],
    ["import { connect } from 'net';\nexport const f = connect;", 'no-restricted-imports'],
    ["import { randomBytes } from 'node:crypto';\nexport const f = randomBytes;", 'no-restricted-imports'],
    ['export const f = Date.now();', 'no-restricted-globals'],
    ['export const f = new Date();', 'no-restricted-globals'],
    ['export const f = setTimeout(() => 0, 1);', 'no-restricted-globals'],
    ['export const f = process.pid;', 'no-restricted-globals'],
    ['export const f = Math.random();', 'no-restricted-properties'],
    ['export const f = globalThis.performance.now();', 'no-restricted-properties'],
  ])('a pure package may not say %j', async (code, rule) => {
    expect(await brokenRules(file, `${code}\n`)).toContain(rule);
  });

  it('a pure package may compute digests', async () => {
    const code = "import { createHash } from 'node:crypto';\nexport const f = createHash('sha256');\n";
    expect(await brokenRules(file, code)).toEqual([]);
  });

  it.each([
    ["export const f = process.env['HOME'];", 'no-restricted-properties'],
    ["process.on('SIGTERM', () => 0);", 'no-restricted-properties'],
    ["console.log('done');", 'no-console'],
  ])('a library may not say %j', async (code, rule) => {
    expect(await brokenRules('libs/session/src/index.ts', `${code}\n`)).toContain(rule);
  });
});

it('a floating promise is reported', async () => {
  const code = 'export function f(): void {\n  Promise.resolve(1);\n}\n';
  expect(await brokenRules('libs/session/src/index.ts', code)).toEqual([
    '@typescript-eslint/no-floating-promises',
  ]);
});
