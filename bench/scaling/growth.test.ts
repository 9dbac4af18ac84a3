import { describe, expect, it } from 'vitest';
import type { Axis } from './axis.ts';
import { axisTable, growth } from './growth.ts';

const cpu = {
  key: 'cpu',
  title: 'CPU s',
  digits: 1,
  perUnit: { title: 'ms a piece', factor: 1_000, digits: 0 },
};
const steps = [10, 100, 1_000].map((count) => ({
  count,
  values: { cpu: count === 1_000 ? 40 : count / 50, rss: 7 },
}));

describe('growth', () => {
  it('is 1 where a figure grows as the work does, and more where it is worse', () => {
    expect([0, 1, 2].map((index) => growth(cpu, steps, index))).toEqual([undefined, 1, 2]);
  });

  it('of nothing is unknown', () => {
    const fromNothing = [0, 1].map((value, index) => ({ count: 10 ** index, values: { cpu: value } }));
    expect(growth(cpu, fromNothing, 1)).toBeUndefined();
  });

  it('stands beside the figures in the table', () => {
    const axis: Axis = {
      summary: '',
      unit: 'piece',
      steps: [],
      columns: [cpu, { key: 'rss', title: 'RSS MiB', digits: 0 }],
      run: () => Promise.resolve({}),
    };
    expect(axisTable(axis, steps)).toEqual([
      ['pieces', 'CPU s', 'ms a piece', '× linear', 'RSS MiB'],
      ['10', '0.2', '20', '', '7'],
      ['100', '2.0', '20', '1.00', '7'],
      ['1,000', '40.0', '40', '2.00', '7'],
    ]);
  });
});
