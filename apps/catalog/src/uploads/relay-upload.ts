import type { RelayUploadRequest, UploadRequest, UploadResponse, UploadTicket } from '@shoal/contracts';
import { hosts } from '@shoal/database';
import { RELAY_STALL_MS } from '../constants.ts';
import { CatalogError } from '../errors.ts';
import type { UploadComponents } from './upload-components.ts';
import { createWatchdog, type Watchdog } from './watchdog.ts';

/**
 * Hands a client's bytes on to the seeder of the ticket. A message is asked of the client when the seeder has room for it,
 * so no more than a few are in memory.
 * @throws CatalogError SHOAL_UPLOAD_STALLED, SHOAL_UPLOAD_SEEDER_AWAY, SHOAL_UPLOAD_STREAM_INVALID; ShoalError
 * SHOAL_TICKET_* and those of the seeder
 */
export async function relayUpload(
  components: UploadComponents,
  messages: AsyncIterable<RelayUploadRequest>,
  caller: AbortSignal,
): Promise<UploadResponse> {
  const iterator = messages[Symbol.asyncIterator]();
  const watchdog = createWatchdog(RELAY_STALL_MS);
  try {
    const first = await Promise.race([iterator.next(), watchdog.stalled]);
    const open = first.done === true ? undefined : first.value.part;
    if (open?.$case !== 'open') throw outOfOrder('start with open');
    const seeder = await findSeeder(components, open.value.ticket);
    const signal = AbortSignal.any([caller, watchdog.signal]);
    const relayed = components.seeders
      .to(seeder)
      .upload(relay({ part: { $case: 'open', value: open.value } }, iterator, watchdog), { signal });
    return await Promise.race([relayed, watchdog.stalled]);
  } finally {
    watchdog.stop();
  }
}

async function* relay(
  open: UploadRequest,
  rest: AsyncIterator<RelayUploadRequest>,
  watchdog: Watchdog,
): AsyncGenerator<UploadRequest> {
  yield open;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
    const { part } = next.value;
    if (part?.$case !== 'data') throw outOfOrder('be data after the first');
    watchdog.feed();
    yield { part };
  }
  watchdog.feed();
}

async function findSeeder({ database, verifier, clock }: UploadComponents, token: string) {
  const ticket: UploadTicket = verifier.verifyTicket(token, new Date(clock.now()));
  const seeder = await hosts.find(database.db, ticket.namespace, ticket.seederId);
  if (seeder !== undefined) return seeder;
  throw new CatalogError(
    'SHOAL_UPLOAD_SEEDER_AWAY',
    `seeder ${ticket.seederId} is not known to this catalog`,
  );
}

function outOfOrder(what: string): CatalogError {
  return new CatalogError('SHOAL_UPLOAD_STREAM_INVALID', `the messages of RelayUpload must ${what}`);
}
