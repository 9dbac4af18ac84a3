import {
  type OpenUploadRequest,
  type OpenUploadResponse,
  type ScrubRequest,
  type ScrubResponse,
  type SeederServiceImplementation,
  type TransferRequest,
  type TransferResponse,
  type UploadRequest,
  type UploadResponse,
  UploadState,
  type UploadTicket,
} from '@shoal/contracts';
import {
  digestBytes,
  findScrubbed,
  type ReachableAddress,
  scrubArtifacts,
  type Scrubber,
  type SwarmRecords,
  type TreesAtRest,
} from '@shoal/fleet';
import { formatIpAddress } from '@shoal/protocol';
import { type Clock, type Dated, software, type Verifier, withDeadline } from '@shoal/service';
import type { Completion } from './completion/completion.ts';
import { PUBLISH_DEADLINE_MS } from './constants.ts';
import { SeederError, UploadError } from './errors.ts';
import { readOpenUpload } from './ingest/open-messages.ts';
import { failedError, type Upload } from './ingest/upload.ts';
import { transferMessages } from './ingest/transfer-messages.ts';
import { followTransfer } from './ingest/follow-transfer.ts';
import { uploadMessages } from './ingest/upload-messages.ts';
import type { UploadPhase } from './ingest/upload-record.ts';
import type { Uploads } from './ingest/uploads.ts';
import type { Seedings } from './seeding/seedings.ts';
import type { SideSwarms } from './side-swarms/side-swarms.ts';

/** Collaborators of {@link createSeederApi}. */
export interface SeederApiComponents {
  readonly uploads: Uploads;
  readonly completion: Completion;
  readonly seedings: Seedings;
  readonly sideSwarms: SideSwarms;
  readonly verifier: Verifier;
  readonly records: SwarmRecords;
  readonly trees: TreesAtRest;
  readonly scrubber: Pick<Scrubber, 'scrub'>;
  readonly clock: Clock;
  /** Where clients that transfer connect to. */
  readonly reachable: ReachableAddress;
}

/** The gRPC API: takes uploads from whoever shows a ticket of the catalog for this seeder, and verifies what is here. */
export function createSeederApi(
  components: SeederApiComponents,
  init: { readonly hostId: string; readonly namespace: string },
): SeederServiceImplementation {
  const { uploads, completion, seedings, sideSwarms, verifier, clock, reachable } = components;

  function check(token: string): Dated<UploadTicket> {
    const ticket = verifier.verifyTicket(token, new Date(clock.now()));
    if (ticket.seederId === init.hostId) return ticket;
    const message = `the ticket is for seeder ${ticket.seederId}, this one is ${init.hostId}`;
    throw new UploadError('SHOAL_UPLOAD_WRONG_SEEDER', message);
  }

  async function openUpload(messages: AsyncIterable<OpenUploadRequest>): Promise<OpenUploadResponse> {
    // Nothing is read of a manifest before its ticket is good.
    const opened = await readOpenUpload(messages, ({ ticket }) => void check(ticket));
    const { ticket } = opened.header;
    const upload = await uploads.open(check(ticket), ticket, opened);
    const offset = BigInt(await upload.durableOffset());
    return { offset, state: STATES[upload.record.phase], seeder: software() };
  }

  async function receive(
    messages: AsyncIterable<UploadRequest>,
    cancelled: AbortSignal,
  ): Promise<UploadResponse> {
    const call = uploadMessages(messages);
    const { ticket, offset } = await call.open();
    const upload = uploads.get(check(ticket).uploadId);
    await upload.receive(Number(offset), (signal) => call.data(AbortSignal.any([signal, cancelled])));
    return await answerOf(upload);
  }

  async function* transfer(
    messages: AsyncIterable<TransferRequest>,
    cancelled: AbortSignal,
  ): AsyncGenerator<TransferResponse> {
    const call = transferMessages(messages);
    const { ticket } = await call.open();
    const upload = uploads.get(check(ticket).uploadId);
    const { address, port } = reachable;
    const invitation = {
      source: await upload.inviteTransfer(),
      address: address === undefined ? '' : formatIpAddress(address),
      port,
      pieceLength: upload.record.profile.pieceLength,
    };
    yield { part: { $case: 'invitation', value: invitation } };
    const metainfo = await call.metainfo();
    for await (const bytes of followTransfer(upload, { metainfo, cancelled }, clock)) {
      yield { part: { $case: 'progress', value: { bytes: BigInt(bytes) } } };
    }
    yield { part: { $case: 'done', value: await answerOf(upload) } };
  }

  /** Waits a moment for the catalog: most clients want to know whether the artifact is published. */
  async function answerOf(upload: Upload): Promise<UploadResponse> {
    if (upload.record.phase === 'staged') completion.begin(upload);
    await withDeadline(completion.settled(upload), PUBLISH_DEADLINE_MS, () => undefined);
    const { phase, contentDigest } = upload.record;
    if (phase === 'failed') throw failedError(upload.record);
    return {
      state: STATES[phase],
      contentDigest: contentDigest === undefined ? new Uint8Array() : digestBytes(contentDigest),
    };
  }

  async function* scrub(request: ScrubRequest, signal: AbortSignal): AsyncGenerator<ScrubResponse> {
    const { namespace, name, version } = request;
    if (namespace !== '' && namespace !== init.namespace) {
      const message = `this seeder is in namespace ${init.namespace}, not ${namespace}`;
      throw new SeederError('SHOAL_SEEDER_OTHER_NAMESPACE', message);
    }
    const wanted = await findScrubbed(components, request);
    if (wanted.size === 0 && name !== '') {
      const what = version === '' ? name : `${name}@${version}`;
      throw new SeederError('SHOAL_SEEDER_NOT_HELD', `seeder ${init.hostId} does not hold ${what}`);
    }
    yield* scrubArtifacts(components, wanted, signal);
  }

  return {
    openUpload,
    upload: (messages, { signal }) => receive(messages, signal),
    transfer: (messages, { signal }) => transfer(messages, signal),
    scrub: (request, { signal }) => scrub(request, signal),
    refresh: () => {
      seedings.sync();
      sideSwarms.look();
      return Promise.resolve({});
    },
  };
}

const STATES: Readonly<Record<UploadPhase, UploadState>> = {
  open: UploadState.UPLOAD_STATE_OPEN,
  staged: UploadState.UPLOAD_STATE_STAGED,
  published: UploadState.UPLOAD_STATE_PUBLISHED,
  failed: UploadState.UPLOAD_STATE_FAILED,
};
