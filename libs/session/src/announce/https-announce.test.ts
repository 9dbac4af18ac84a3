import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { type AnnounceRequest, encodeAnnounceResponse, wireInfoHash } from '@shoal/protocol';
import { createCertificateAuthority } from '@shoal/testing';
import { afterEach, expect, it } from 'vitest';
import { announceOverHttp } from './http-announce.ts';

const REQUEST: AnnounceRequest = {
  infoHash: wireInfoHash(new Uint8Array(20).fill(1)),
  peerId: new Uint8Array(20).fill(2),
  port: 6881,
  uploaded: 0,
  downloaded: 0,
  left: 1,
  compact: true,
  noPeerId: true,
};

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

it('announces to a tracker over HTTPS, once its authority is trusted', async () => {
  const authority = createCertificateAuthority();
  const server = createServer(authority.issue('tracker'), (_, response) => {
    const peers = [{ host: '10.0.0.1', port: 7000 }];
    response.end(encodeAnnounceResponse({ interval: 60, peers }, { compact: true, noPeerId: true }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(async () => {
    server.close();
    await once(server, 'close');
  });
  const url = `https://localhost:${String((server.address() as AddressInfo).port)}/announce`;
  await expect(announceOverHttp(url, REQUEST)).rejects.toMatchObject({ code: 'SHOAL_ANNOUNCE_UNREACHABLE' });

  const trusted = getCACertificates('default');
  cleanups.push(() => setDefaultCACertificates(trusted));
  setDefaultCACertificates([...trusted, authority.ca.toString()]);
  const { peers } = await announceOverHttp(url, REQUEST);
  expect(peers).toEqual([{ host: '10.0.0.1', port: 7000 }]);
});
