import { createLogger, createHttpServer, startTelemetry } from '@shoal/service';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addConsole } from './console-files.ts';

describe('the console', () => {
  const telemetry = startTelemetry({ service: 'catalog', version: '0', instance: 'test' });
  const logger = createLogger({ service: 'catalog', level: 'silent' });
  const server = createHttpServer({ logger, telemetry }, { listen: '127.0.0.1:0' });
  let base: string;

  beforeAll(async () => {
    await addConsole(server);
    base = `http://${(await server.start()).endpoint}`;
  });
  afterAll(async () => {
    await server.stop(100);
    await telemetry.shutdown();
  });

  /** Every file that the start page needs, with all that those need: by path, its response and its text. */
  async function load(path: string, loaded = new Map<string, { response: Response; text: string }>()) {
    if (loaded.has(path)) return loaded;
    const response = await fetch(new URL(path, base));
    const text = await response.text();
    loaded.set(path, { response, text });
    const links = [...text.matchAll(/(?:href|src)="(\/[^"]+)"|from '([^']+\.js)'/g)];
    for (const [, link, module] of links) {
      await load(new URL(link ?? module ?? '', new URL(path, base)).pathname, loaded);
    }
    return loaded;
  }

  it('has every file that its pages ask for, each of a type that browsers run or show', async () => {
    const files = await load('/');
    expect([...files.keys()]).toEqual(
      expect.arrayContaining([
        '/',
        '/console/main.js',
        '/console/style.css',
        '/console/icon.svg',
        '/console/pages/rollout.js',
      ]),
    );
    for (const [path, { response }] of files) {
      expect([path, response.status]).toEqual([path, 200]);
      const type =
        path === '/'
          ? 'text/html'
          : /\.js$/.test(path)
            ? 'text/javascript'
            : /\.css$/.test(path)
              ? 'text/css'
              : 'image/svg+xml';
      expect(response.headers.get('content-type')).toContain(type);
    }
  });

  it('lets browsers load nothing but its own files, and keeps to that', async () => {
    for (const [path, { response, text }] of await load('/')) {
      const policy = response.headers.get('content-security-policy');
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self'");
      expect(policy).not.toMatch(/unsafe|\*|https?:/);
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      const links = text.replaceAll('http://www.w3.org/2000/svg', '');
      expect([path, links.match(/https?:\/\/|innerHTML|<style|style="|onclick="/)]).toEqual([path, null]);
    }
  });

  it('is not sent again while it is the same', async () => {
    const etag = (await fetch(base)).headers.get('etag') ?? '';
    const again = await fetch(base, { headers: { 'if-none-match': etag } });
    expect([again.status, await again.text()]).toEqual([304, '']);
    expect((await fetch(base, { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
  });
});
