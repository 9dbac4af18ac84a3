import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createCertificateAuthority } from '@shoal/testing';
import { expect, it } from 'vitest';
import { MAX_ORIGIN_CONNECTIONS } from './constants.ts';
import { OriginBudget } from './origin-budget.ts';

it('a session has so many connections to web seeds, and others when one is given back', () => {
  const budget = new OriginBudget();
  const taken = Array.from({ length: MAX_ORIGIN_CONNECTIONS }, () => budget.take());
  expect(taken.every(Boolean)).toBe(true);
  expect(budget.take()).toBe(false);
  budget.giveBack();
  expect(budget.take()).toBe(true);
  expect(budget.take()).toBe(false);
  budget.close();
});

it('HTTPS web seeds are those of authorities that were named', async () => {
  const authority = createCertificateAuthority();
  const server = createServer(authority.issue('origin'), (_request, response) => response.end('here'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}/`);

  async function ask(budget: OriginBudget): Promise<number | undefined> {
    try {
      const sent = request(url, { agent: budget.agentFor(url) }).end();
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      response.resume();
      return response.statusCode;
    } finally {
      budget.close();
    }
  }

  try {
    await expect(ask(new OriginBudget())).rejects.toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    expect(await ask(new OriginBudget([authority.ca.toString()]))).toBe(200);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
