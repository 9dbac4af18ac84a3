import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import {
  type AnnounceRequest,
  type AnnounceResponse,
  type DeepPartial,
  MemberRole,
  TrackerServiceDefinition,
} from '@shoal/contracts';
import {
  type AnnounceResponse as HttpAnnounceResponse,
  decodeAnnounceResponse,
  encodeAnnounceQuery,
  wireInfoHash,
} from '@shoal/protocol';
import {
  createGrpcChannel,
  createLogger,
  createSignerFromFile,
  type GrpcChannel,
  loadOptions,
  startTelemetry,
} from '@shoal/service';
import { createService, options } from './index.ts';

const HOUR = 3_600_000;

/** The info-hashes of a hybrid, and one that no grant names. */
export const V1 = Buffer.alloc(20, 0x11);
export const V2 = Buffer.alloc(20, 0x22);
export const LENIENT = Buffer.alloc(20, 0x33);
export const STRANGER = Buffer.alloc(20, 0x99);

type JoinFields = DeepPartial<AnnounceRequest['joins'][number]>;
type QueryFields = Partial<Parameters<typeof encodeAnnounceQuery>[0]>;

/** An HTTP answer. */
export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/** A running tracker on free ports, with the catalog's key to sign grants; for tests. */
export class TestTracker {
  readonly #directory = mkdtempSync(join(tmpdir(), 'shoal-tracker-'));
  readonly #signer = createSignerFromFile(join(this.#directory, 'key.pem'));
  readonly #telemetry = startTelemetry({ service: 'tracker', version: '0', instance: 'test' });
  readonly #tracker = createService(
    {
      logger: createLogger({ service: 'tracker', level: 'debug', destination: this.#log() }),
      telemetry: this.#telemetry,
    },
    loadOptions(options, {
      flags: {
        listen: '127.0.0.1:0',
        httpListen: '127.0.0.1:0',
        catalogPublicKey: join(this.#directory, 'key.pem.pub'),
        maxPeersPerSwarm: 40,
      },
      envPrefix: 'SHOAL_TRACKER_',
    }),
  );
  #channel: GrpcChannel | undefined;
  /** Everything it logged. */
  logged = '';

  static async start(): Promise<TestTracker> {
    const tracker = new TestTracker();
    await tracker.#tracker.start();
    return tracker;
  }

  async stop(): Promise<void> {
    this.#channel?.close();
    await this.#tracker.stop();
    await this.#telemetry.shutdown();
    rmSync(this.#directory, { recursive: true });
  }

  get channel(): GrpcChannel {
    const { grpc } = this.#addresses();
    return (this.#channel ??= createGrpcChannel({ telemetry: this.#telemetry }, { endpoint: grpc }));
  }

  grantFor(
    hostId: string,
    { by = this.#signer, infoHashes = [V1, V2, LENIENT], expiresIn = HOUR } = {},
  ): string {
    const expiresAt = new Date(Date.now() + expiresIn);
    return by.signGrant({ namespace: 'default', infoHashes, hostId, expiresAt });
  }

  /** A host that has said hello and joined the swarm under handle 7. */
  joined(hostId: string, port: number, fields: JoinFields = {}): TestHost {
    const host = new TestHost(this, hostId);
    host.hello(port);
    host.join(fields);
    return host;
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    const [host, port] = this.#addresses().http.split(':');
    return new Promise((resolve, reject) => {
      const outgoing = request({ host, port, path, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }));
      });
      outgoing.on('error', reject);
      outgoing.end();
    });
  }

  /** An announce of a stock client that listens on `port`. */
  async announce(
    port: number,
    fields: QueryFields = {},
    grant = this.grantFor('*'),
  ): Promise<HttpAnnounceResponse> {
    return decodeAnnounceResponse((await this.get(`/${grant}/announce?${announceQuery(port, fields)}`)).body);
  }

  #addresses(): { readonly grpc: string; readonly http: string } {
    const { addresses } = this.#tracker;
    if (addresses === undefined) throw new Error('the tracker does not run');
    return addresses;
  }

  #log(): Writable {
    return new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        this.logged += chunk.toString();
        done();
      },
    });
  }
}

/** The query of an announce. */
export function announceQuery(port: number, fields: QueryFields = {}): string {
  return encodeAnnounceQuery({
    infoHash: wireInfoHash(V1),
    peerId: Buffer.alloc(20, port),
    port,
    uploaded: 0,
    downloaded: 0,
    left: 1,
    compact: true,
    noPeerId: false,
    ...fields,
  });
}

/** A host's stream as a test drives it. */
export class TestHost {
  readonly #requests = new PassThrough({ objectMode: true });
  readonly #responses: AsyncIterator<AnnounceResponse>;
  #ahead: Promise<IteratorResult<AnnounceResponse>>;
  readonly #abort = new AbortController();
  readonly hostId: string;
  readonly #tracker: TestTracker;

  constructor(tracker: TestTracker, hostId: string) {
    this.#tracker = tracker;
    this.hostId = hostId;
    const client = tracker.channel.client(TrackerServiceDefinition);
    const responses = client.announce(this.#requests as AsyncIterable<DeepPartial<AnnounceRequest>>, {
      signal: this.#abort.signal,
    });
    this.#responses = responses[Symbol.asyncIterator]();
    this.#ahead = this.#read();
  }

  send(message: DeepPartial<AnnounceRequest>): void {
    this.#requests.write(message);
  }

  hello(port: number, fields: DeepPartial<AnnounceRequest['hello']> = {}): void {
    const role = MemberRole.MEMBER_ROLE_AGENT;
    this.send({ hello: { hostId: this.hostId, role, peerId: Buffer.alloc(20, port), port, ...fields } });
  }

  join(fields: DeepPartial<AnnounceRequest['joins'][number]> = {}): void {
    this.send({
      joins: [
        {
          handle: 7,
          infoHash: V1,
          grant: this.#tracker.grantFor(this.hostId),
          left: 1n,
          numwant: 10,
          ...fields,
        },
      ],
    });
  }

  async next(): Promise<AnnounceResponse> {
    const result = await this.#ahead;
    if (result.done === true) throw new Error('the stream ended');
    this.#ahead = this.#read();
    return result.value;
  }

  /** The call starts with the first read, so there is always one. */
  #read(): Promise<IteratorResult<AnnounceResponse>> {
    const reading = this.#responses.next();
    reading.catch(() => undefined);
    return reading;
  }

  /** Ports of the peers in the next message that has peers or figures of a swarm. */
  async nextPorts(): Promise<number[]> {
    for (;;) {
      const { peers } = await this.next();
      if (peers.length > 0) return peers.flatMap((swarm) => swarm.peers.map((peer) => peer.port));
    }
  }

  async nextRefusal(): Promise<{ handle: number; code: string }> {
    for (;;) {
      const [refusal] = (await this.next()).refusals;
      if (refusal !== undefined) return { handle: refusal.handle, code: refusal.code };
    }
  }

  end(): void {
    this.#requests.end();
  }

  break(): void {
    this.#abort.abort();
  }
}
