import { describe, expect, it } from 'vitest';
import { simulateSwarm } from '../simulation.ts';
import { drawTimeline } from './timeline-svg.ts';

describe('drawTimeline', () => {
  const result = simulateSwarm({
    leechers: 4,
    size: 1_048_576,
    pieceSize: 65_536,
    rate: 1_048_576,
    latency: 1,
    seed: 1,
    limit: 60_000,
  });

  it('draws every sample within the picture, and escapes its texts', () => {
    const svg = drawTimeline(result, { title: '4 hosts <&>', subtitle: 'two' });
    expect(svg).toContain('<title>4 hosts &lt;&amp;&gt;</title>');
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    const paths = [...svg.matchAll(/<path d="M([^"]+)"/g)].map(([, points = '']) => points);
    expect(paths).toHaveLength(6);
    const [, slowest = ''] = paths;
    const points = slowest.split(' L').map((point) => point.split(' ').map(Number));
    expect(points).toHaveLength(result.timeline.length + 1);
    for (const [x = NaN, y = NaN] of points) {
      expect(x >= 0 && x <= 880 && y >= 0 && y <= 560).toBe(true);
    }
  });

  it('is the same for the same run', () => {
    const texts = { title: 'a', subtitle: 'b' };
    expect(drawTimeline(result, texts)).toBe(drawTimeline(result, texts));
  });
});
