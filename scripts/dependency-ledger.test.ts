import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from './run-command.ts';

type Dependencies = Readonly<Record<string, string>>;

interface PackageJson {
  readonly dependencies?: Dependencies;
  readonly devDependencies?: Dependencies;
  readonly optionalDependencies?: Dependencies;
}

/** Every third-party package that a package.json of this repository names. */
function declared(): Set<string> {
  const names = globSync(['package.json', '{apps,libs}/*/package.json'], { cwd: ROOT }).flatMap((file) => {
    const json = JSON.parse(readFileSync(join(ROOT, file), 'utf8')) as PackageJson;
    return Object.keys({ ...json.dependencies, ...json.devDependencies, ...json.optionalDependencies });
  });
  return new Set(names.filter((name) => !name.startsWith('@shoal/')));
}

it('docs/DEPENDENCIES.md names every dependency, and nothing else', () => {
  const rows = readFileSync(join(ROOT, 'docs/DEPENDENCIES.md'), 'utf8').match(/^\| `[^|]*` \|/gm) ?? [];
  const ledger = rows.flatMap((row) => [...row.matchAll(/`([^`]+)`/g)].map(([, name]) => name));
  expect(ledger.sort()).toEqual([...declared()].sort());
});
