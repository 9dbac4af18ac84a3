import { TransferRequest } from '@shoal/contracts';
import { METAINFO_LIMITS } from '@shoal/protocol';
import { describe, expect, it } from 'vitest';
import { transferMessages } from './transfer-messages.ts';

type Part = TransferRequest['part'];

const OPEN: Part = { $case: 'open', value: { ticket: 't' } };

function metainfo(bytes: Uint8Array): Part {
  return { $case: 'metainfo', value: bytes };
}

async function read(...parts: Part[]): Promise<{ ticket: string; metainfo: Uint8Array }> {
  async function* messages() {
    for (const part of parts) yield await Promise.resolve(TransferRequest.fromPartial({ part }));
  }
  const call = transferMessages(messages());
  const { ticket } = await call.open();
  return { ticket, metainfo: await call.metainfo() };
}

describe('the messages of a transfer', () => {
  it('are a ticket, then a metainfo in parts', async () => {
    const { ticket, metainfo: joined } = await read(OPEN, metainfo(Buffer.of(1)), metainfo(Buffer.of(2, 3)));
    expect(ticket).toBe('t');
    expect([...joined]).toEqual([1, 2, 3]);
  });

  it.each([
    ['nothing', []],
    ['a metainfo first', [metainfo(Buffer.of(1))]],
    ['two tickets', [OPEN, OPEN]],
    ['an empty message', [OPEN, undefined]],
  ])('are refused: %s', async (_, parts) => {
    await expect(read(...parts)).rejects.toMatchObject({ code: 'SHOAL_UPLOAD_PROTOCOL' });
  });

  it('are refused when the metainfo becomes too long', async () => {
    const half = metainfo(new Uint8Array(METAINFO_LIMITS.maxBytes / 2 + 1));
    await expect(read(OPEN, half, half)).rejects.toMatchObject({ code: 'SHOAL_UPLOAD_PROTOCOL' });
  });
});
