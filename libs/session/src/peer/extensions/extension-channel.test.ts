import {
  decodeExtensionHandshake,
  encodeExtensionHandshake,
  type ExtensionHandshake,
  type PeerMessage,
  ProtocolError,
} from '@shoal/protocol';
import { describe, expect, it } from 'vitest';
import type { Extension, ExtensionPeer, ExtensionType } from './extension.ts';
import { ExtensionChannel } from './extension-channel.ts';

/** An extension that keeps what it is told. */
function recorder(name: string, introduction: Partial<ExtensionHandshake> = {}) {
  const told: (string | ExtensionHandshake)[] = [];
  let peer: ExtensionPeer | undefined;
  const extension: Extension = {
    onHandshake: (handshake) => told.push(handshake),
    onMessage: (payload) => told.push(Buffer.from(payload).toString()),
    onClose: () => told.push('closed'),
  };
  const type: ExtensionType = {
    name,
    introduction,
    connect: (connected) => {
      peer = connected;
      return extension;
    },
  };
  return { type, told, say: (text: string) => peer?.send(Buffer.from(text)) };
}

function open() {
  const a = recorder('ut_a', { metadataSize: 7 });
  const b = recorder('ut_b');
  const sent: PeerMessage[] = [];
  const channel = new ExtensionChannel(
    {
      handle: () => undefined,
      host: '192.0.2.1',
      listenAddress: () => undefined,
      send: (message) => sent.push(message),
      backlogBytes: () => 0,
      close: () => undefined,
    },
    [a.type, b.type],
  );
  return { a, b, sent, channel };
}

const introduce = (...extensions: [string, number][]) =>
  encodeExtensionHandshake({ extensions: new Map(extensions) });

describe('ExtensionChannel', () => {
  it('introduces us with the ids of our extensions, and what they have to say', () => {
    const { channel, sent } = open();
    channel.introduce({ client: 'Shoal 0', port: 1, peerClass: 'agent' });
    const [message] = sent;
    if (message?.type !== 'extended') throw new Error('an extended message was sent');
    expect(message.extendedId).toBe(0);
    expect(decodeExtensionHandshake(message.payload)).toMatchObject({
      extensions: new Map([
        ['ut_a', 1],
        ['ut_b', 2],
      ]),
      metadataSize: 7,
      client: 'Shoal 0',
      shoalClass: 'agent',
    });
  });

  it('takes messages by our ids, and sends them with those of the peer', () => {
    const { channel, a, b, sent } = open();
    a.say('before the peer has introduced itself');
    expect(channel.onMessage(0, introduce(['ut_b', 9], ['ut_other', 1]))?.extensions.get('ut_b')).toBe(9);
    expect(channel.onMessage(2, Buffer.from('to b'))).toBeUndefined();
    b.say('from b');
    a.say('that the peer does not know');
    expect(b.told.slice(1)).toEqual(['to b']);
    expect(a.told).toHaveLength(1);
    expect(sent).toEqual([{ type: 'extended', extendedId: 9, payload: Buffer.from('from b') }]);
  });

  it('follows the peer when it changes its mind', () => {
    const { channel, b, sent } = open();
    channel.onMessage(0, introduce(['ut_b', 9]));
    channel.onMessage(0, introduce(['ut_b', 0]));
    b.say('nothing');
    expect(sent).toEqual([]);
    expect(b.told).toHaveLength(2);
  });

  it('tells its extensions of the end', () => {
    const { channel, a, b } = open();
    channel.onClose();
    expect([a.told, b.told]).toEqual([['closed'], ['closed']]);
  });

  it('ignores messages of extensions we do not speak, and refuses what is no introduction', () => {
    const { channel, a, b } = open();
    for (const id of [3, 255]) expect(channel.onMessage(id, Buffer.from('x'))).toBeUndefined();
    expect([...a.told, ...b.told]).toEqual([]);
    expect(() => channel.onMessage(0, Buffer.from('x'))).toThrow(ProtocolError);
  });
});
