import { expect, it } from 'vitest';
import { fileUrl, shownUrl } from './file-url.ts';

const ONE = { name: 'a b', singleFile: true };
const SEVERAL = { name: 'web', singleFile: false };

it.each([
  ['http://a/', ONE, ['a b'], 'http://a/a%20b'],
  ['http://a/x.iso', ONE, ['a b'], 'http://a/x.iso'],
  ['http://a/b/', SEVERAL, ['bin', 'ü?#%'], 'http://a/b/web/bin/%C3%BC%3F%23%25'],
  ['http://a/b', SEVERAL, ['bin', 'x'], 'http://a/b/web/bin/x'],
])('%s has a file of %o at %o: %s', (url, torrent, path, expected) => {
  expect(fileUrl(url, torrent, path).href).toBe(expected);
});

it('a URL is shown without its password and query', () => {
  expect(shownUrl('https://me:secret@a:1/b/?token=c')).toBe('https://a:1/b/');
});
