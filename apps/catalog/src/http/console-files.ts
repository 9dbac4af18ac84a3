import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HttpHandler, HttpServer } from '@shoal/service';

/** The console's files as they are sent: no build step lies between them and the browser (ADR 0009). */
const FILES = fileURLToPath(new URL('../../../console/public/', import.meta.url));

const START_PAGE = 'index.html';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** What browsers may do with the console: nothing but its own files and the API beside it. */
const HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  // Asked again each time, and answered with 304 while it is the same.
  'cache-control': 'no-cache',
};

/** Serves the web console: its start page at `/`, its files below `/console/`. They are read once, here. */
export async function addConsole(server: HttpServer): Promise<void> {
  const entries = await readdir(FILES, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((found) => found.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const handler = fileHandler(await readFile(path), TYPES[extname(path)] ?? 'application/octet-stream');
    const name = path.slice(FILES.length);
    server.route('GET', name === START_PAGE ? '/' : `/console/${name}`, handler);
  }
}

function fileHandler(body: Buffer, type: string): HttpHandler {
  const etag = `"${createHash('sha256').update(body).digest('base64url')}"`;
  const headers = { ...HEADERS, 'content-type': type, etag };
  return (request) =>
    request.headers['if-none-match'] === etag ? { status: 304, headers } : { status: 200, headers, body };
}
