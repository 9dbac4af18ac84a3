import {
  decodeMetadataMessage,
  encodeMetadataMessage,
  METADATA_PIECE_SIZE,
  type MetadataMessage,
  ProtocolError,
} from '@shoal/protocol';
import { describe, expect, it } from 'vitest';
import { MAX_METADATA_BACKLOG, MAX_METADATA_REJECTS, METADATA_COPIES } from '../../constants.ts';
import { createMetadataServer } from './metadata-server.ts';

const INFO = new Uint8Array(2 * METADATA_PIECE_SIZE + 5).map((_, index) => index % 251);

function open() {
  const answers: (MetadataMessage | undefined)[] = [];
  const closed: string[] = [];
  const peer = {
    handle: undefined,
    host: '192.0.2.1',
    listenAddress: undefined,
    backlogBytes: 0,
    send: (payload: Uint8Array) => answers.push(decodeMetadataMessage(payload)),
    close: (reason: string) => closed.push(reason),
  };
  const type = createMetadataServer(INFO);
  const server = type.connect(peer);
  const ask = (piece: number): void => server.onMessage(encodeMetadataMessage({ type: 'request', piece }));
  return { type, server, peer, answers, closed, ask };
}

describe('a metadata server', () => {
  it('says how long the info dictionary is, and tells it piece by piece', () => {
    const { type, answers, ask } = open();
    expect(type.introduction).toEqual({ metadataSize: INFO.length });
    for (const piece of [0, 1, 2]) ask(piece);
    const data = answers.map((answer) => (answer?.type === 'data' ? answer.data : new Uint8Array()));
    expect(Buffer.concat(data).equals(INFO)).toBe(true);
    expect(answers[2]).toMatchObject({ piece: 2, totalSize: INFO.length });
  });

  it('rejects pieces that there are not', () => {
    const { answers, ask } = open();
    for (const piece of [3, 0xffff_ffff]) ask(piece);
    expect(answers).toEqual([
      { type: 'reject', piece: 3 },
      { type: 'reject', piece: 0xffff_ffff },
    ]);
  });

  it('tells a peer everything so many times, then rejects, then hangs up', () => {
    const { answers, closed, ask } = open();
    const allowed = METADATA_COPIES * 3;
    for (let request = 0; request < allowed; request += 1) ask(0);
    expect(answers.every((answer) => answer?.type === 'data')).toBe(true);
    for (let request = 0; request < MAX_METADATA_REJECTS; request += 1) ask(0);
    expect(answers.at(-1)).toEqual({ type: 'reject', piece: 0 });
    expect(closed).toEqual([]);
    ask(0);
    expect(closed).toHaveLength(1);
    expect(answers).toHaveLength(allowed + MAX_METADATA_REJECTS);
  });

  it('rejects while the peer does not take what it was told', () => {
    const { peer, answers, ask } = open();
    peer.backlogBytes = MAX_METADATA_BACKLOG + 1;
    ask(0);
    peer.backlogBytes = MAX_METADATA_BACKLOG;
    ask(0);
    expect(answers.map((answer) => answer?.type)).toEqual(['reject', 'data']);
  });

  it('has no use for what it did not ask for, and refuses what is malformed', () => {
    const { server, answers } = open();
    server.onMessage(encodeMetadataMessage({ type: 'reject', piece: 0 }));
    server.onMessage(encodeMetadataMessage({ type: 'data', piece: 0, totalSize: 1, data: Uint8Array.of(1) }));
    server.onMessage(Buffer.from('d8:msg_typei9ee'));
    expect(answers).toEqual([]);
    expect(() => server.onMessage(Buffer.from('x'))).toThrow(ProtocolError);
  });
});
