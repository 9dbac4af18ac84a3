import { HeldArtifact, Traffic } from '@shoal/contracts';
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { createTerminal } from './terminal.ts';
import { classLines, trafficLines } from './traffic-view.ts';

const { style } = createTerminal({ stdout: new PassThrough(), stderr: new PassThrough(), color: false });

const lifetime = Traffic.fromPartial({
  classes: [
    { peerClass: 'seeder', downloaded: 600n },
    { peerClass: 'same-rack', downloaded: 300n, uploaded: 200n },
    { peerClass: 'other-zone', downloaded: 100n, uploaded: 250n },
    { peerClass: 'origin', downloaded: 50n },
  ],
  wastedDuplicate: 100n,
  wastedLost: 50n,
  reused: 0n,
});
const held = { ...HeldArtifact.fromPartial({ name: 'web', version: '1', seedMillis: 60_000n }), lifetime };

it('shows seeders, peers and web seeds apart, and the ratio of what was of use', () => {
  const lines = trafficLines([held], Traffic.fromPartial({}), style);
  expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
    [
      'ARTIFACT',
      'FROM SEEDERS',
      'FROM PEERS',
      'FROM WEB SEEDS',
      'REUSED',
      'WASTED',
      'UPLOADED',
      'RATIO',
      'SEEDED',
    ],
    ['web@1', '600 B', '400 B', '50 B', '0 B', '150 B', '450 B', '0.50', '1m 00s'],
    ['all, since the agent started', '0 B', '0 B', '0 B', '0 B', '0 B', '0 B', '-', '-'],
  ]);
});

it('shows one artifact by class, and why what was wasted was', () => {
  const lines = classLines(held, style);
  expect(lines).toContainEqual(expect.stringMatching(/^same-rack +300 B +200 B$/));
  expect(lines).toContain('Wasted    150 B: 100 B duplicate, 0 B unwanted, 0 B failed their hash, 50 B lost');
});
