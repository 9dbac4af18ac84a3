/** How long aria2c may take until it listens for RPC, in milliseconds. */
const CONNECT_DEADLINE_MS = 10_000;
/** Pause between two attempts to connect, in milliseconds. Transfers are measured from `go` on: a short one. */
const CONNECT_PAUSE_MS = 20;
/** How long an answer may take, in milliseconds. aria2 answers nothing while its one thread hashes or writes. */
const CALL_DEADLINE_MS = 30_000;

/** aria2's view of its one torrent; payload bytes. */
export interface Aria2Status {
  readonly completed: number;
  readonly total: number;
  readonly uploaded: number;
  readonly connections: number;
  readonly isSeeder: boolean;
  /** It still hashes what it found on disk. */
  readonly isChecking: boolean;
}

interface Message {
  readonly id?: string;
  readonly method?: string;
  readonly result?: readonly Readonly<Record<string, string>>[];
}

/** aria2's JSON-RPC over a WebSocket, which also tells when a torrent is complete. */
export class Aria2Rpc {
  readonly #socket: WebSocket;
  readonly #calls = new Map<string, (message: Message) => void>();
  #lastId = 0;

  private constructor(socket: WebSocket, onComplete: () => void) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => {
      const message = JSON.parse(String(data)) as Message;
      if (message.method === 'aria2.onBtDownloadComplete') onComplete();
      if (message.id !== undefined) this.#calls.get(message.id)?.(message);
    });
  }

  /** Connects to aria2c on this host as soon as it listens. */
  static async connect(port: number, { onComplete }: { readonly onComplete: () => void }): Promise<Aria2Rpc> {
    const deadline = performance.now() + CONNECT_DEADLINE_MS;
    while (performance.now() < deadline) {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/jsonrpc`);
      const isOpen = await new Promise<boolean>((resolve) => {
        socket.addEventListener('open', () => resolve(true), { once: true });
        socket.addEventListener('error', () => resolve(false), { once: true });
      });
      if (isOpen) return new Aria2Rpc(socket, onComplete);
      await new Promise((resolve) => setTimeout(resolve, CONNECT_PAUSE_MS));
    }
    throw new Error(`aria2c did not listen for RPC within ${CONNECT_DEADLINE_MS} ms`);
  }

  async status(): Promise<Aria2Status> {
    const { result } = await this.#call('aria2.tellActive');
    const [torrent = {}] = result ?? [];
    return {
      completed: Number(torrent['completedLength'] ?? 0),
      total: Number(torrent['totalLength'] ?? -1),
      uploaded: Number(torrent['uploadLength'] ?? 0),
      connections: Number(torrent['connections'] ?? 0),
      isSeeder: torrent['seeder'] === 'true',
      isChecking: 'verifiedLength' in torrent || 'verifyIntegrityPending' in torrent,
    };
  }

  async #call(method: string): Promise<Message> {
    const id = String((this.#lastId += 1));
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<Message>((resolve, reject) => {
        timer = setTimeout(() => reject(new Error(`aria2c did not answer ${method}`)), CALL_DEADLINE_MS);
        this.#calls.set(id, resolve);
        this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id, method }));
      });
    } finally {
      clearTimeout(timer);
      this.#calls.delete(id);
    }
  }
}
