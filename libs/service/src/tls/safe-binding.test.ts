import { describe, expect, it } from 'vitest';
import { assertSafeBinding } from './safe-binding.ts';
import type { Tls } from './tls-files.ts';

const TLS: Tls = { identity: { cert: Buffer.alloc(1), key: Buffer.alloc(1) } };

/** What is warned of when a service with these settings binds to `host`. */
function bind(host: string, { tls, insecure = false }: { tls?: Tls; insecure?: boolean } = {}): string[] {
  const warnings: string[] = [];
  const logger = { warn: (_fields: object, message: string) => void warnings.push(message) };
  assertSafeBinding({ host, port: 1 }, tls, { insecure, logger: logger as never });
  return warnings;
}

describe('assertSafeBinding', () => {
  it.each(['127.0.0.1', '127.9.9.9', '::1', 'localhost'])('lets %s be, loopback', (host) => {
    expect(bind(host)).toEqual([]);
  });

  it.each(['0.0.0.0', '::', '10.0.0.1', 'localhost.example.org', '1127.0.0.1'])(
    'refuses %s without TLS',
    (host) => {
      expect(() => bind(host)).toThrow(expect.objectContaining({ code: 'SHOAL_SERVICE_INSECURE_BINDING' }));
    },
  );

  it('lets everything be with a certificate, but not with an authority alone', () => {
    expect(bind('0.0.0.0', { tls: TLS })).toEqual([]);
    expect(() => bind('0.0.0.0', { tls: { ca: Buffer.alloc(1) } })).toThrow(
      expect.objectContaining({ code: 'SHOAL_SERVICE_INSECURE_BINDING' }),
    );
  });

  it('warns loudly when the operator insists', () => {
    expect(bind('0.0.0.0', { insecure: true })).toEqual([expect.stringContaining('INSECURE')]);
    expect(bind('127.0.0.1', { insecure: true })).toEqual([]);
  });
});
