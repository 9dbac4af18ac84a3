import { describe, expect, it } from 'vitest';
import { checkWebSeeds } from './web-seeds.ts';

describe('the web seeds of an agent', () => {
  it('are URLs that end in a slash', () => {
    const urls = checkWebSeeds(['http://seeder:7422/content', 'https://cdn.example/a/']);
    expect(urls).toEqual(['http://seeder:7422/content/', 'https://cdn.example/a/']);
  });

  it.each(['seeder:7422', '/content', 'ftp://a/', 'file:///etc/', 'http://a/?b=c', 'http://a/#b'])(
    'are not %s',
    (url) => {
      expect(() => checkWebSeeds([url])).toThrow(
        expect.objectContaining({ code: 'SHOAL_AGENT_WEB_SEED_URL' }),
      );
    },
  );
});
