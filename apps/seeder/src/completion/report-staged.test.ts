import { CompleteUploadRequest, type DeepPartial, ShoalError, Status } from '@shoal/contracts';
import { createLogger } from '@shoal/service';
import { VirtualClock } from '@shoal/testing';
import { describe, expect, it } from 'vitest';
import { type Outcome, reportStaged } from './report-staged.ts';

const METAINFO = new Uint8Array(600 * 1024).fill(7);
const logger = createLogger({ service: 'test', level: 'silent' });

function failure(code: string, status: Status): ShoalError {
  return new ShoalError({ code, status, message: code, remedy: '' });
}

/** A catalog that answers with these failures in turn, then says yes. */
function setUp(...failures: ShoalError[]) {
  const clock = new VirtualClock();
  const calls: CompleteUploadRequest[][] = [];
  const completeUpload = async (messages: AsyncIterable<DeepPartial<CompleteUploadRequest>>) => {
    const call: CompleteUploadRequest[] = [];
    for await (const message of messages) call.push(CompleteUploadRequest.fromPartial(message));
    calls.push(call);
    const failed = failures.shift();
    if (failed !== undefined) throw failed;
    return { contentDigest: new Uint8Array(32) };
  };
  let ticket = 'first';
  const stop = new AbortController();
  const done: Promise<Outcome | undefined> = reportStaged(
    { catalog: { completeUpload }, clock, random: () => 0.5, logger },
    { uploadId: 'u', ticket: () => ticket, metainfo: () => Promise.resolve(METAINFO) },
    stop.signal,
  );
  return { clock, calls, done, stop, renew: (fresh: string) => (ticket = fresh) };
}

describe('reportStaged', () => {
  it('sends the ticket, then the metainfo in chunks', async () => {
    const { calls, done } = setUp();
    expect(await done).toEqual({ state: 'published' });
    const [header, ...rest] = calls[0]!;
    expect(header?.part).toEqual({ $case: 'header', value: { ticket: 'first' } });
    const chunks = rest.map(({ part }) => (part?.$case === 'metainfo' ? part.value : new Uint8Array()));
    expect(chunks.every(({ length }) => length > 0 && length <= 256 * 1024)).toBe(true);
    expect(Buffer.compare(Buffer.concat(chunks), METAINFO)).toBe(0);
  });

  it('tries again, with the newest ticket, while the catalog is away or the ticket ran out', async () => {
    const { clock, calls, done, renew } = setUp(
      failure('SHOAL_UNAVAILABLE', Status.UNAVAILABLE),
      failure('SHOAL_TICKET_EXPIRED', Status.UNAUTHENTICATED),
    );
    await clock.advance(400);
    renew('second');
    await clock.advance(5_000);
    expect(await done).toEqual({ state: 'published' });
    expect(calls).toHaveLength(3);
    expect(calls[2]?.[0]?.part).toEqual({ $case: 'header', value: { ticket: 'second' } });
  });

  it('takes no for an answer', async () => {
    const refusal = failure('SHOAL_ARTIFACT_VERSION_TAKEN', Status.ALREADY_EXISTS);
    const { calls, done } = setUp(refusal);
    expect(await done).toEqual({ state: 'refused', error: refusal });
    expect(calls).toHaveLength(1);
  });

  it('ends when called off', async () => {
    const away = failure('SHOAL_UNAVAILABLE', Status.UNAVAILABLE);
    const { clock, done, stop } = setUp(away, away, away, away);
    await clock.advance(1_000);
    stop.abort();
    expect(await done).toBeUndefined();
  });
});
