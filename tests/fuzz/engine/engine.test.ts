import { createSeededRandom } from '@shoal/swarm';
import { describe, expect, it } from 'vitest';
import type { FuzzTarget } from './fuzz-target.ts';
import { minimise } from './minimise.ts';
import { mutate } from './mutate.ts';
import { inputOf, runTarget } from './run-target.ts';
import { weightOf } from './weight.ts';

const CORPUS = [Buffer.from('d1:ad2:idi42eee'), Buffer.from([0, 0, 0, 5, 4, 0, 0, 0, 9])].map(
  (bytes) => new Uint8Array(bytes),
);

function target(run: FuzzTarget['run']): FuzzTarget {
  return { name: 'sample', covers: [], corpus: CORPUS, run };
}

describe('mutate', () => {
  it('makes the same input from the same seed, and others from others', () => {
    const inputs = Array.from({ length: 200 }, (_, seed) =>
      Buffer.from(
        inputOf(
          target(() => undefined),
          seed,
        ),
      ).toString('hex'),
    );
    expect(inputs).toEqual(
      inputs.map((_, seed) =>
        Buffer.from(
          inputOf(
            target(() => undefined),
            seed,
          ),
        ).toString('hex'),
      ),
    );
    expect(new Set(inputs).size).toBeGreaterThan(150);
  });

  it('keeps within the bound, and leaves the corpus as it was', () => {
    const before = CORPUS.map((bytes) => Buffer.from(bytes).toString('hex'));
    for (let seed = 0; seed < 500; seed += 1) {
      const input = mutate(CORPUS[seed % 2]!, CORPUS, createSeededRandom(seed), 20);
      expect(input.length).toBeLessThanOrEqual(20);
    }
    expect(CORPUS.map((bytes) => Buffer.from(bytes).toString('hex'))).toEqual(before);
  });

  it('stands an empty input', () => {
    for (let seed = 0; seed < 500; seed += 1)
      mutate(new Uint8Array(0), [new Uint8Array(0)], createSeededRandom(seed), 100);
  });
});

describe('runTarget', () => {
  it('finds what goes wrong, makes it small, and names the seed that makes it again', () => {
    const failing = target((input) => {
      if (input.includes(0xff)) throw new TypeError('0xff');
    });
    const { finding } = runTarget(failing, 1, (inputs) => inputs >= 1_000);
    expect(finding?.input).toEqual(Uint8Array.of(0xff));
    expect(finding?.error).toBeInstanceOf(TypeError);
    expect(inputOf(failing, finding?.seed ?? 0)).toContain(0xff);
  });

  it('runs as many inputs as wanted where nothing goes wrong', () => {
    let runs = 0;
    const run = runTarget(
      target(() => void (runs += 1)),
      1,
      (inputs) => inputs >= 100,
    );
    expect(run).toEqual({ inputs: 100, finding: undefined });
    expect(runs).toBe(100 + CORPUS.length);
  });

  it('finds an input that takes too long', () => {
    const slow = target(() => {
      const start = process.threadCpuUsage();
      for (let used = 0; used < 510_000;) {
        const { user, system } = process.threadCpuUsage(start);
        used = user + system;
      }
    });
    const { finding } = runTarget({ ...slow, corpus: [new Uint8Array(0)] }, 1, () => true);
    expect(String(finding?.error)).toMatch(/µs of CPU/);
  });
});

it('minimise leaves out all that is not needed', () => {
  const input = Uint8Array.from({ length: 1_000 }, (_, at) => at & 0xff);
  const smallest = minimise(input, (candidate) => candidate.includes(7) && candidate.includes(200));
  expect([...smallest].sort((a, b) => a - b)).toEqual([7, 200]);
});

it('weightOf counts bytes, characters and members', () => {
  expect(weightOf(new Map([['ab', new Uint8Array(10)]]))).toBe(1 + 3 + 11);
  expect(weightOf({ a: [1, 'xyz'], b: undefined })).toBe(1 + (1 + 1 + 4) + 1);
});
