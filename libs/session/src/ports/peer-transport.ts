/** An address to dial, or one that was dialled. */
export interface TransportAddress {
  readonly host: string;
  readonly port: number;
}

/** Receives what happens on a {@link PeerStream}. Calls never overlap and end with {@link onClose}. */
export interface PeerStreamHandler {
  /** Bytes came. `chunk` is reused: it is only good until the call returns. */
  onBytes(chunk: Uint8Array): void;
  /** What was written has left for the kernel after {@link PeerStream.bufferedBytes} had grown. */
  onDrain(): void;
  /** The stream is closed for good, with the failure that closed it if there was one. */
  onClose(error: Error | undefined): void;
}

/** An ordered byte stream to one peer. */
export interface PeerStream {
  readonly remote: TransportAddress;
  /** Bytes written that the kernel has not taken yet. */
  readonly bufferedBytes: number;
  /** Starts delivery, of bytes that came earlier as well. Called once. */
  start(handler: PeerStreamHandler): void;
  /** Writes in order. `bytes` must stay unchanged until `onFlushed`, which is called once also when the stream fails. */
  write(bytes: Uint8Array, onFlushed?: () => void): void;
  /** Joins the writes up to {@link uncork} into one system call. */
  cork(): void;
  uncork(): void;
  /** Stops and resumes delivery of bytes; what was read already may still come. */
  pause(): void;
  resume(): void;
  /** Closes at once; what is not written is lost. `onClose` follows. Idempotent. */
  destroy(): void;
}

export interface PeerListener {
  readonly address: TransportAddress;
  /** Stops accepting; streams that were accepted live on. */
  close(): Promise<void>;
}

/** How sessions reach each other: TCP now, TLS later. */
export interface PeerTransport {
  /** @throws the system's error when the address cannot be listened on */
  listen(address: TransportAddress, onStream: (stream: PeerStream) => void): Promise<PeerListener>;
  /** Connects within `timeoutMs`. Rejects with the system's error, the timeout's or that of `signal`. */
  dial(address: TransportAddress, timeoutMs: number, signal: AbortSignal): Promise<PeerStream>;
}
