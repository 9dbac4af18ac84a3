import { describe, expect, it } from 'vitest';
import { percent, progressBar } from './progress-bar.ts';
import { tableLines } from './table.ts';
import { textWidth } from './text-width.ts';

describe('tableLines', () => {
  it('aligns columns by what a terminal shows, not by code units', () => {
    const lines = tableLines(
      [{ title: 'NAME' }, { title: 'SIZE', align: 'right' }],
      [
        ['web', '1 B'],
        ['日本', '64.0 MiB'],
        ['\u001b[32mgreen\u001b[39m', '2 B'],
      ],
    );
    expect(lines.map(textWidth)).toEqual([15, 15, 15, 15]);
  });

  it('leaves no trailing spaces', () => {
    expect(tableLines([{ title: 'A' }, { title: 'LONG' }], [['x', 'y']])).toEqual(['A  LONG', 'x  y']);
  });
});

describe('progressBar', () => {
  it('is always as wide as asked, whatever the fraction', () => {
    for (let i = -1; i <= 41; i++) expect(textWidth(progressBar(i / 40, 10))).toBe(10);
  });

  it('is full only when all is done, and so is the percentage', () => {
    expect(progressBar(1, 4)).toBe('████');
    expect(percent(0.9999)).toBe(' 99 %');
    expect(percent(1)).toBe('100 %');
  });
});
