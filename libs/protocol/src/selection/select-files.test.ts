import { describe, expect, it } from 'vitest';
import type { ManifestEntry } from '../manifest/manifest.ts';
import { type FileSelectionInit, selectFiles } from './select-files.ts';

const PATHS = ['bin/run', 'bin/tool', 'lib/a.so', 'lib/debug/a.sym', 'README.md'];
const entries = PATHS.map((path): ManifestEntry => ({
  kind: 'file',
  path: path.split('/'),
  length: 1,
  executable: false,
}));

function levels(init: Partial<FileSelectionInit>): Record<string, string> {
  const levelOf = selectFiles(entries, { only: [], priorities: [], ...init });
  return Object.fromEntries(entries.map((entry) => [entry.path.join('/'), levelOf(entry)]));
}

describe('selectFiles', () => {
  it('wants everything unless told otherwise', () => {
    expect(new Set(Object.values(levels({})))).toEqual(new Set(['normal']));
  });

  it('wants what any of the patterns matches', () => {
    expect(levels({ only: ['bin/**', '*.md'] })).toEqual({
      'bin/run': 'normal',
      'bin/tool': 'normal',
      'lib/a.so': 'skip',
      'lib/debug/a.sym': 'skip',
      'README.md': 'normal',
    });
  });

  it('lets the last priority count, among what is wanted', () => {
    expect(
      levels({ only: ['bin', 'lib'], priorities: ['lib=low', 'lib/debug=skip', '**=high', 'bin/run=skip'] }),
    ).toEqual({
      'bin/run': 'skip',
      'bin/tool': 'high',
      'lib/a.so': 'high',
      'lib/debug/a.sym': 'high',
      'README.md': 'skip',
    });
  });

  it.each([
    [{ only: ['bim/**'] }, /"bim\/\*\*" matches nothing of the tree; near it are "bin\/"/],
    [{ only: ['web/bin/run'] }, /near it are "bin\/run"/],
    [{ priorities: ['LIB/A.SO=high'] }, /near it are "lib\/a.so"/],
    [{ priorities: ['**=skip'] }, /nothing is left to fetch/],
  ])('tells what does not match: %j', (init, message) => {
    const refused = (): unknown => levels(init);
    expect(refused).toThrow(expect.objectContaining({ code: 'SHOAL_SELECTION_NO_MATCH' }));
    expect(refused).toThrow(message);
  });

  it('refuses more patterns than anybody writes', () => {
    expect(() => levels({ only: Array<string>(101).fill('bin') })).toThrow(
      expect.objectContaining({ code: 'SHOAL_SELECTION_PATTERN' }),
    );
  });

  it.each(['bin', 'bin=', 'bin=max', '=high', 'bin=HIGH'])('refuses the priority %s', (priority) => {
    expect(() => levels({ priorities: [priority] })).toThrow(
      expect.objectContaining({ code: 'SHOAL_SELECTION_PRIORITY' }),
    );
  });
});
