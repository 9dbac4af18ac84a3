import type { Clock } from '@shoal/swarm';
import { MAX_METADATA_HELD, MAX_METADATA_SIZE, METADATA_WINDOW } from './constants.ts';
import { MetadataAssembly } from './metadata-assembly.ts';
import type { MetadataSource } from './metadata-source.ts';
import { RequestBook } from './request-book.ts';

/** A piece that was asked for. */
interface Request {
  readonly assembly: MetadataAssembly;
  readonly piece: number;
}

/** What the `info` dictionary is collected for. */
export interface InfoCollectorComponents {
  readonly clock: Clock;
  /** Whether these bytes have the torrent's info-hashes. */
  readonly isRight: (infoBytes: Uint8Array) => boolean;
  /** It is there. */
  readonly onInfo: (infoBytes: Uint8Array) => void;
}

/**
 * Collects the `info` dictionary from peers (BEP 9), several at a time. Its length is what a stranger says: peers that say
 * different ones work on different dictionaries side by side, and the first one that is right wins.
 */
export class InfoCollector {
  readonly #components: InfoCollectorComponents;
  readonly #book: RequestBook<Request>;
  /** By length. */
  readonly #assemblies = new Map<number, MetadataAssembly>();
  readonly #offers = new Map<MetadataSource, MetadataAssembly>();

  constructor(components: InfoCollectorComponents) {
    this.#components = components;
    this.#book = new RequestBook(
      {
        clock: components.clock,
        onReturned: ({ assembly, piece }) => assembly.countRequest(piece, -1),
      },
      { window: METADATA_WINDOW },
    );
  }

  /** Bytes of the dictionary that is nearest to its end, and how many it has. */
  figures(): { readonly bytesDone: number; readonly bytesTotal: number } {
    let best: MetadataAssembly | undefined;
    for (const assembly of this.#assemblies.values()) {
      if (best === undefined || shareOf(assembly) > shareOf(best)) best = assembly;
    }
    return { bytesDone: best?.heldBytes ?? 0, bytesTotal: best?.size ?? 0 };
  }

  /** Whether a source has said how long the dictionary is. */
  has(source: MetadataSource): boolean {
    return this.#offers.has(source);
  }

  /** A source has introduced itself. `size` is undefined when it has no metadata. */
  onSize(source: MetadataSource, size: number | undefined): void {
    if (this.#offers.get(source)?.size === size) return;
    this.remove(source);
    if (size === undefined) return;
    if (size > MAX_METADATA_SIZE) {
      source.close(`its metadata would have ${size} bytes`);
      return;
    }
    const assembly = this.#assemblies.get(size) ?? new MetadataAssembly(size);
    this.#assemblies.set(size, assembly);
    this.#offers.set(source, assembly);
    this.#book.add(source);
    this.#ask(source);
  }

  /** A piece of a dictionary of `totalSize` bytes came. */
  onData(source: MetadataSource, piece: number, totalSize: number, data: Uint8Array): void {
    const assembly = this.#offers.get(source);
    const request = this.#book.settle(source, keyOf(piece), 'answered');
    if (assembly === undefined || request === undefined) return;
    assembly.countRequest(piece, -1);
    if (totalSize !== assembly.size) {
      source.close('changes the length of its metadata');
      return;
    }
    source.markUseful();
    assembly.put(piece, data, source);
    if (assembly.isWhole) this.#finish(assembly);
    else this.#dropExcess();
    this.#askAll();
  }

  onReject(source: MetadataSource, piece: number): void {
    const request = this.#book.settle(source, keyOf(piece), 'rejected');
    if (request === undefined) return;
    request.assembly.countRequest(piece, -1);
    request.assembly.pass(source);
    this.#askAll();
  }

  /** A source is gone. */
  remove(source: MetadataSource): void {
    const assembly = this.#offers.get(source);
    if (assembly === undefined) return;
    this.#offers.delete(source);
    this.#book.remove(source);
    assembly.pass(source);
    if (![...this.#offers.values()].includes(assembly)) this.#assemblies.delete(assembly.size);
  }

  /** Lets time pass. */
  tick(): void {
    this.#book.tick();
    this.#askAll();
  }

  #finish(assembly: MetadataAssembly): void {
    const infoBytes = assembly.join();
    if (this.#components.isRight(infoBytes)) {
      this.#components.onInfo(infoBytes);
      return;
    }
    assembly.refute()?.ban();
  }

  /** Gives up the dictionary that lacks most, with those who began it, when more is held than may be. */
  #dropExcess(): void {
    let held = 0;
    let worst: MetadataAssembly | undefined;
    for (const assembly of this.#assemblies.values()) {
      held += assembly.heldBytes;
      if (worst === undefined || lackOf(assembly) > lackOf(worst)) worst = assembly;
    }
    if (held <= MAX_METADATA_HELD) return;
    for (const [source, assembly] of [...this.#offers]) {
      if (assembly === worst) source.close('its metadata takes too much memory');
    }
  }

  #askAll(): void {
    for (const source of this.#book.ready()) this.#ask(source);
  }

  #ask(source: MetadataSource): void {
    const assembly = this.#offers.get(source);
    while (assembly !== undefined && this.#book.hasRoom(source)) {
      const piece = assembly.next((asked) => this.#book.isAsked(source, keyOf(asked)), source);
      if (piece === undefined) return;
      this.#book.enter(source, keyOf(piece), { assembly, piece });
      assembly.countRequest(piece, 1);
      source.askMetadata(piece);
    }
  }
}

function keyOf(piece: number): string {
  return String(piece);
}

function lackOf({ size, heldBytes }: MetadataAssembly): number {
  return size - heldBytes;
}

function shareOf({ size, heldBytes }: MetadataAssembly): number {
  return heldBytes / size;
}
