import { setTimeout as sleep } from 'node:timers/promises';
import { MemberRole, ShoalError } from '@shoal/contracts';
import { Status } from 'nice-grpc-common';
import type { CatalogClient } from '../client/catalog-client.ts';

/** How long the agents may take to say hello, in milliseconds, and how often the catalog is asked. */
const HELLO_DEADLINE_MS = 30_000;
const HELLO_POLL_MS = 25;

/** Hosts asked for at a time: more than `up` starts. */
const PAGE_SIZE = 1000;

/**
 * Waits until so many agents are alive at the catalog.
 * @throws ShoalError SHOAL_UP_AGENTS_MISSING
 */
export async function waitForAgents(client: CatalogClient, count: number): Promise<void> {
  const deadline = Date.now() + HELLO_DEADLINE_MS;
  for (;;) {
    const request = { namespace: client.namespace, selector: {}, pageSize: PAGE_SIZE, pageToken: '' };
    const { hosts } = await client.fleet.listHosts(request);
    const alive = hosts.filter((host) => host.alive && host.role === MemberRole.MEMBER_ROLE_AGENT).length;
    if (alive >= count) return;
    if (Date.now() > deadline) throw agentsMissing(alive, count);
    await sleep(HELLO_POLL_MS);
  }
}

function agentsMissing(alive: number, count: number): ShoalError {
  return new ShoalError({
    code: 'SHOAL_UP_AGENTS_MISSING',
    status: Status.UNAVAILABLE,
    message: `${alive} of ${count} agents said hello within ${HELLO_DEADLINE_MS / 1000} s`,
    remedy: 'Look into shoal.log in the data directory (--data-dir keeps it), and try fewer agents.',
  });
}
