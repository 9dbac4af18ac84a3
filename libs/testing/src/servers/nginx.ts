import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Identity } from '../certificates/certificate-authority.ts';
import { startLocalServer } from './local-server.ts';
import { findOnMachine } from './machine.ts';
import { freePort, underRetry, untilReady } from './wait.ts';

/** An nginx of a test's own that serves files. */
export interface TestNginx {
  /** With a slash at its end. */
  readonly url: string;
  stop(): Promise<void>;
}

export interface TestNginxInit {
  /** Directory whose files it serves. */
  readonly root: string;
  /** Serves HTTPS with it; HTTP otherwise. */
  readonly identity?: Identity;
}

/**
 * Starts a real nginx on loopback, of Debian's package. It ends with the test, also with one that is killed.
 * @throws Error when there is no nginx here: ask `isAvailable('nginx')` first.
 */
export async function startNginx(init: TestNginxInit): Promise<TestNginx> {
  const command = findOnMachine('nginx');
  if (command === undefined) throw new Error('there is no nginx on this machine');
  return underRetry(async () => {
    const directory = mkdtempSync(join(tmpdir(), 'shoal-nginx-'));
    const port = await freePort();
    const config = join(directory, 'nginx.conf');
    writeFileSync(config, configuration(directory, port, init));
    const args = ['-p', directory, '-e', 'stderr', '-c', config];
    const server = startLocalServer({ command, args, directory, port, account: undefined });
    try {
      await untilReady(
        'nginx',
        () => answers(port),
        () => server.exited(),
      );
    } catch (error) {
      await server.stop();
      throw error;
    }
    const scheme = init.identity === undefined ? 'http' : 'https';
    return { url: `${scheme}://127.0.0.1:${port}/`, stop: () => server.stop() };
  });
}

/** All that nginx writes is below `directory`; in one process, so that it reads files as we do. */
function configuration(directory: string, port: number, { root, identity }: TestNginxInit): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${directory}/temporary-${kind};`,
  );
  return `
    daemon off;
    master_process off;
    pid ${directory}/nginx.pid;
    events {}
    http {
      access_log off;
      default_type application/octet-stream;
      ${temporary.join(' ')}
      server {
        listen 127.0.0.1:${port}${identity === undefined ? '' : ' ssl'};
        ${identity === undefined ? '' : certificateLines(directory, identity)}
        root "${root}";
      }
    }`;
}

function certificateLines(directory: string, { cert, key }: Identity): string {
  writeFileSync(join(directory, 'cert.pem'), cert);
  writeFileSync(join(directory, 'key.pem'), key, { mode: 0o600 });
  return `ssl_certificate ${directory}/cert.pem; ssl_certificate_key ${directory}/key.pem;`;
}

/** Whatever it answers to a plain request: over TLS that is a 400, which nginx sends in plain text. */
async function answers(port: number): Promise<void> {
  await (await fetch(`http://127.0.0.1:${port}/`)).arrayBuffer();
}
