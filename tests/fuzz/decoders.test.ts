import * as protocol from '@shoal/protocol';
import { describe, expect, it } from 'vitest';
import { loadCorpus } from './corpus.ts';
import { describeFinding } from './engine/describe-finding.ts';
import { runTarget } from './engine/run-target.ts';
import { createTargets } from './targets/targets.ts';
import { parseStream, recordedStreams } from './targets/wire.ts';

/** Of each target. Another one in each release would make failures that come and go. */
const INPUTS = 2_000;
const SEED = 1;

/** What takes bytes or text from others is called so. */
const DECODER = /^(decode|parse|check)|Parser$/;

const targets = createTargets();

describe.each(targets.map((target) => [target.name, target] as const))('%s', (_, target) => {
  it('stands whatever bytes come', () => {
    const { finding } = runTarget(target, SEED, (inputs) => inputs >= INPUTS);
    expect(finding && describeFinding(finding)).toBeUndefined();
  });
});

it('every decoder of the protocol is in a target', () => {
  const covered = new Set(targets.flatMap(({ covers }) => covers));
  const decoders = Object.keys(protocol).filter((name) => DECODER.test(name));
  expect(decoders.filter((name) => !covered.has(name))).toEqual([]);
  expect([...covered].filter((name) => !(name in protocol))).toEqual([]);
});

it('the recorded streams hold the messages that clients send', () => {
  const seen = new Set<string>();
  for (const stream of recordedStreams().values()) {
    const { messages, error } = parseStream(stream, 4, (left) => left);
    expect(error).toBeUndefined();
    for (const { type } of messages) seen.add(type);
  }
  expect([...seen].sort()).toEqual([
    'allowed-fast',
    'choke',
    'extended',
    'hash-request',
    'hashes',
    'have',
    'have-all',
    'have-none',
    'interested',
    'not-interested',
    'request',
    'unchoke',
  ]);
});

it('the recordings are what decoders take', () => {
  for (const bytes of loadCorpus('metainfo').values())
    expect(protocol.parseMetainfo(bytes).name).toBe('tree');
  for (const query of loadCorpus('announce-queries').values()) {
    expect(protocol.parseAnnounceQuery(Buffer.from(query).toString('latin1')).infoHash).toHaveLength(20);
  }
  for (const answer of loadCorpus('announce-responses').values()) {
    expect(protocol.decodeAnnounceResponse(answer).peers).toHaveLength(2);
  }
});
