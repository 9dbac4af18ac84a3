import { describe, expect, it } from 'vitest';
import { setField } from './set-field.ts';

describe('setField', () => {
  it('sets what is there and what is not, and leaves the original alone', () => {
    const scenario = { leechers: 1, churn: [{ at: 1 }] };
    expect(setField(scenario, 'leechers', 16)).toEqual({ leechers: 16, churn: [{ at: 1 }] });
    expect(setField(scenario, 'graph.degree', 20)).toEqual({ ...scenario, graph: { degree: 20 } });
    expect(setField(scenario, 'churn.0.at', 2)).toEqual({ leechers: 1, churn: [{ at: 2 }] });
    expect(setField(scenario, 'choker', 'x')).toEqual({ ...scenario, policies: { choker: 'x' } });
    expect(scenario).toEqual({ leechers: 1, churn: [{ at: 1 }] });
  });

  it('refuses a way that leads nowhere', () => {
    expect(() => setField({ leechers: 1 }, 'leechers.x', 1)).toThrow(
      'leechers.x: expected a way through fields',
    );
    expect(() => setField({ churn: [] }, 'churn.0.at', 1)).toThrow('one of 0 entries');
  });

  it('does not reach prototypes', () => {
    setField({}, '__proto__.polluted', true);
    expect({}).not.toHaveProperty('polluted');
  });
});
