import { generateKeyPairSync } from 'node:crypto';
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { sealToken } from '../credentials/token.ts';
import { createLogger } from './logger.ts';

const { privateKey } = generateKeyPairSync('ed25519');
const token = sealToken('grant', Buffer.from('a grant with some more text in it'), privateKey);

function logged(write: (logger: ReturnType<typeof createLogger>) => void): string {
  let lines = '';
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines += chunk.toString();
      done();
    },
  });
  write(createLogger({ service: 'test', level: 'debug', destination }));
  return lines;
}

describe('the logger', () => {
  it('writes fields, service and message as JSON', () => {
    const line = logged((logger) => logger.info({ peers: 3 }, 'joined'));
    expect(JSON.parse(line)).toMatchObject({ level: 30, service: 'test', peers: 3, msg: 'joined' });
  });

  it.each([
    ['a field named grant', { grant: 'abc-secret' }],
    ['a field named uploadTicket', { uploadTicket: 'abc-secret' }],
    ['a nested password', { database: { password: 'abc-secret' } }],
    ['a header in a list', { headers: [{ authorization: 'abc-secret' }] }],
    ['a field of an error', { err: Object.assign(new Error('failed'), { ticket: 'abc-secret' }) }],
    ['the password of a URL', { url: 'postgres://shoal:abc-secret@db/shoal' }],
  ])('leaves out %s', (_what, fields) => {
    const line = logged((logger) => logger.info(fields, 'message'));
    expect(line).toContain('[redacted]');
    expect(line).not.toContain('abc-secret');
  });

  it.each([
    ['a field', (logger) => logger.info({ path: `/${token}/announce` }, 'request')],
    ['the message', (logger) => logger.info(`GET /${token}/announce`)],
    ['the message of an error', (logger) => logger.error({ err: new Error(`bad ${token}`) }, 'failed')],
    ['the cause of an error', (logger) => logger.error({ err: new Error('x', { cause: new Error(token) }) })],
    ['an argument of the message', (logger) => logger.info('request %s', token)],
  ] satisfies [string, (logger: ReturnType<typeof createLogger>) => void][])(
    'leaves tokens out of %s',
    (_where, write) => {
      const line = logged(write);
      expect(line).toContain('[redacted]');
      expect(line).not.toContain(token.slice(0, 30));
      expect(line).not.toContain(token.slice(-30));
    },
  );

  it('keeps code, message and stack of an error', () => {
    const err = Object.assign(new TypeError('broken'), { code: 'SHOAL_X' });
    const line = logged((logger) => logger.error({ err }, 'failed'));
    expect(JSON.parse(line)).toMatchObject({
      err: { type: 'TypeError', code: 'SHOAL_X', message: 'broken', stack: expect.any(String) as string },
    });
  });

  it('takes no time that grows with the square of a text', () => {
    const startedAt = performance.now();
    logged((logger) => logger.info({ text: 'm'.repeat(1_000_000) }, '://'.repeat(300_000)));
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it('survives fields that contain themselves', () => {
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    expect(logged((logger) => logger.info(loop, 'loop'))).toContain('[too deep]');
  });

  it('writes nothing below its level', () => {
    expect(logged((logger) => logger.trace('quiet'))).toBe('');
  });
});
