/** An address to dial, or one that was dialled. */
export interface TransportAddress {
  readonly host: string;
  readonly port: number;
}

/** Receives what happens on a {@link PeerStream}. Calls never overlap. */
export interface PeerStreamHandler {
  /** Bytes came. `chunk` is reused: it is only good until the call returns. Until then it may be changed. */
  onBytes(chunk: Uint8Array): void;
  /** The stream is closed for good, with the failure that closed it if there was one. The last call. */
  onClose(error: Error | undefined): void;
}

/** An ordered byte stream to one peer. */
export interface PeerStream {
  readonly remote: TransportAddress;
  /** Our end of the connection. */
  readonly local: TransportAddress;
  /** Whether what is sent is encrypted, however weakly. */
  readonly isEncrypted: boolean;
  /** Bytes written that the kernel has not taken yet. */
  readonly bufferedBytes: number;
  /** Delivers from now on to `handler`: at once after the stream was made, and again to hand it over. */
  attach(handler: PeerStreamHandler): void;
  /**
   * Writes in order. `bytes` must stay unchanged until `onFlushed`, which is called once: when the kernel has them, or with
   * the error of a stream that failed before.
   */
  write(bytes: Uint8Array, onFlushed: (error?: Error | null) => void): void;
  /** Joins the writes up to {@link uncork} into one system call. */
  cork(): void;
  uncork(): void;
  /** Stops and resumes delivery of bytes. */
  pause(): void;
  resume(): void;
  /** Sets how many bytes are delivered at once at most, at the latest from the read after next on. */
  setReadSize(bytes: number): void;
  /** Closes at once; what is not written is lost. `onClose` follows. Idempotent. */
  destroy(): void;
  /**
   * Says no more: what was written is sent, then the end of the stream. What still comes is dropped, and no handler is
   * called any more. Resolves when the stream is closed, at the latest after GRACEFUL_CLOSE. Idempotent.
   */
  end(): Promise<void>;
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
  /** Connects. Rejects with the system's error, or the reason of `signal`. */
  dial(address: TransportAddress, signal: AbortSignal): Promise<PeerStream>;
}
