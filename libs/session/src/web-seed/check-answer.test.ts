import { describe, expect, it } from 'vitest';
import { type AnswerHead, checkAnswer } from './check-answer.ts';
import { MAX_RETRY_AFTER, MAX_UNRANGED_BYTES } from './constants.ts';

const RANGE = { offset: 10, length: 5, fileLength: 100 };
const UNFIT = { code: 'SHOAL_WEB_SEED_UNFIT' };

function head(statusCode: number, headers: AnswerHead['headers'] = {}): AnswerHead {
  return { statusCode, headers };
}

describe('an answer to a range request', () => {
  it.each([
    { 'content-range': 'bytes 10-14/100', 'content-length': '5' },
    { 'content-range': 'bytes 10-14/*' },
    { 'content-range': 'bytes 10-14/100', 'content-encoding': 'identity' },
  ])('of just the range is taken: %o', (headers) => {
    expect(checkAnswer(head(206, headers), RANGE)).toEqual({ skip: 0 });
  });

  it.each([
    { 'content-range': 'bytes 10-14/101' },
    { 'content-range': 'bytes 0-4/100' },
    { 'content-range': 'bytes 10-14/100', 'content-length': '6' },
    { 'content-range': 'bytes 10-14/100', 'content-encoding': 'br' },
    {},
  ])('of anything else is not: %o', (headers) => {
    expect(checkAnswer(head(206, headers), RANGE)).toMatchObject(UNFIT);
  });

  it('of all of a file is taken when that is small, or what was asked for', () => {
    expect(checkAnswer(head(200, { 'content-length': '100' }), RANGE)).toEqual({ skip: 10 });
    const fileLength = MAX_UNRANGED_BYTES + 1;
    const all = head(200, { 'content-length': String(fileLength) });
    expect(checkAnswer(all, { offset: 0, length: fileLength, fileLength })).toEqual({ skip: 0 });
    expect(checkAnswer(all, { ...RANGE, fileLength })).toMatchObject(UNFIT);
    expect(checkAnswer(head(200, { 'content-length': '99' }), RANGE)).toMatchObject(UNFIT);
    expect(checkAnswer(head(200), RANGE)).toMatchObject(UNFIT);
  });

  it.each([
    [429, '7', 7_000],
    [503, '999999', MAX_RETRY_AFTER],
    [503, 'Wed, 21 Oct 2015 07:28:00 GMT', undefined],
    [503, undefined, undefined],
  ])('of %i with Retry-After %s is one to come back after', (status, retryAfter, expected) => {
    const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
    expect(checkAnswer(head(status, headers), RANGE)).toMatchObject({
      code: 'SHOAL_WEB_SEED_BUSY',
      retryAfter: expected,
    });
  });

  it('of 500 is tried again, of 416 not', () => {
    expect(checkAnswer(head(500), RANGE)).toMatchObject({ code: 'SHOAL_WEB_SEED_UNREACHABLE' });
    expect(checkAnswer(head(416), RANGE)).toMatchObject(UNFIT);
  });
});
