import { expect, it } from 'vitest';
import { advertisedFilesUrl } from './advertised-files-url.ts';

it.each([
  [false, undefined, '10.0.0.1:7422', false, ''],
  [true, undefined, '10.0.0.1:7422', false, 'http://10.0.0.1:7422/content/'],
  [true, undefined, '10.0.0.1:7422', true, 'https://10.0.0.1:7422/content/'],
  [true, undefined, '[fd00::1]:7422', false, 'http://[fd00::1]:7422/content/'],
  [true, undefined, '0.0.0.0:7422', false, ''],
  [true, undefined, '[::]:7422', false, ''],
  [true, 'https://files.example/content/', '0.0.0.0:7422', false, 'https://files.example/content/'],
  [false, 'https://files.example/content/', '10.0.0.1:7422', false, ''],
])('serveFiles %s, told %s, listening on %s, TLS %s: %s', (serveFiles, given, listening, isTls, url) => {
  expect(advertisedFilesUrl({ serveFiles, advertiseFilesUrl: given }, listening, isTls)).toBe(url);
});
