import {
  BLOCK_SIZE,
  HASH_LENGTH,
  type HashRange,
  isProvenRange,
  powerOfTwoAtLeast,
  type RequiredLayer,
  type RequiredLayers,
} from '@shoal/protocol';
import type { Clock } from '@shoal/swarm';
import { HASH_REQUEST_WINDOW, HASHES_PER_REQUEST } from './constants.ts';
import type { MetadataSource } from './metadata-source.ts';
import { RequestBook } from './request-book.ts';

/** A range of hashes of one piece layer. */
interface LayerPart {
  readonly layer: RequiredLayer;
  /** Hashes of the layer, padding included. */
  readonly width: number;
  readonly range: HashRange;
}

/** What piece layers are collected for. */
export interface LayerCollectorComponents {
  readonly clock: Clock;
  /** All are there. By the hex of the file's root. */
  readonly onLayers: (layers: ReadonlyMap<string, Uint8Array>) => void;
}

/**
 * Collects the piece layers of a v2 or hybrid torrent by hash requests (BEP 52), from several peers at a time. Each answer
 * is proven by the file's root, so that whoever sends a false one is known at once.
 */
export class LayerCollector {
  readonly #components: LayerCollectorComponents;
  readonly #book: RequestBook<LayerPart>;
  /** To be asked for; taken from the end. */
  readonly #parts: LayerPart[];
  readonly #layers = new Map<string, Uint8Array>();
  /** Hashes that a layer lacks, by the same. */
  readonly #missing: Map<string, number>;
  readonly #bytesTotal: number;
  #bytesDone = 0;

  constructor(
    components: LayerCollectorComponents,
    { pieceLength, layers }: Pick<RequiredLayers, 'pieceLength' | 'layers'>,
  ) {
    this.#components = components;
    this.#missing = new Map(layers.map(({ piecesRoot, pieces }) => [toHex(piecesRoot), pieces]));
    this.#parts = layers.flatMap((layer) => partsOf(layer, pieceLength)).reverse();
    this.#bytesTotal = layers.reduce((sum, { pieces }) => sum + pieces * HASH_LENGTH, 0);
    this.#book = new RequestBook(
      { clock: components.clock, onReturned: (part) => this.#parts.push(part) },
      { window: HASH_REQUEST_WINDOW },
    );
  }

  figures(): { readonly bytesDone: number; readonly bytesTotal: number } {
    return { bytesDone: this.#bytesDone, bytesTotal: this.#bytesTotal };
  }

  /** The layers that are whole so far, by the hex of the file's root. */
  whole(): ReadonlyMap<string, Uint8Array> {
    return new Map([...this.#layers].filter(([key]) => this.#missing.get(key) === 0));
  }

  /** A source is there. One that does not know hash requests leaves them unanswered. */
  add(source: MetadataSource): void {
    this.#book.add(source);
    this.#ask(source);
  }

  has(source: MetadataSource): boolean {
    return this.#book.has(source);
  }

  /** A source is gone. */
  remove(source: MetadataSource): void {
    this.#book.remove(source);
  }

  /** @param hashes only good until the call returns */
  onHashes(source: MetadataSource, range: HashRange, hashes: Uint8Array): void {
    const part = this.#book.settle(source, keyOf(range), 'answered');
    if (part === undefined) return;
    if (!isProvenRange(part.range, part.width, hashes)) {
      this.#parts.push(part);
      source.ban();
      return;
    }
    source.markUseful();
    this.#store(part, hashes);
    if (this.#bytesDone === this.#bytesTotal) this.#components.onLayers(this.#layers);
    else this.#ask(source);
  }

  onReject(source: MetadataSource, range: HashRange): void {
    const part = this.#book.settle(source, keyOf(range), 'rejected');
    if (part === undefined) return;
    this.#parts.push(part);
    this.#askAll();
  }

  /** Lets time pass. */
  tick(): void {
    this.#book.tick();
    this.#askAll();
  }

  #store({ layer, range }: LayerPart, hashes: Uint8Array): void {
    const key = toHex(layer.piecesRoot);
    const target = this.#layers.get(key) ?? new Uint8Array(layer.pieces * HASH_LENGTH);
    const count = Math.min(range.length, layer.pieces - range.index);
    target.set(hashes.subarray(0, count * HASH_LENGTH), range.index * HASH_LENGTH);
    this.#layers.set(key, target);
    this.#missing.set(key, (this.#missing.get(key) ?? 0) - count);
    this.#bytesDone += count * HASH_LENGTH;
  }

  #askAll(): void {
    for (const source of this.#book.ready()) this.#ask(source);
  }

  #ask(source: MetadataSource): void {
    while (this.#book.hasRoom(source)) {
      const part = this.#parts.pop();
      if (part === undefined) return;
      this.#book.enter(source, keyOf(part.range), part);
      source.askHashes(part.range);
    }
  }
}

/** Ranges that cover a layer: each of a power of two, and with the hashes that prove it by the root (BEP 52). */
function partsOf(layer: RequiredLayer, pieceLength: number): LayerPart[] {
  const { piecesRoot, pieces } = layer;
  const width = powerOfTwoAtLeast(pieces);
  const length = Math.min(width, HASHES_PER_REQUEST);
  const baseLayer = Math.log2(pieceLength / BLOCK_SIZE);
  const proofLayers = length === width ? 0 : Math.log2(width) - 1;
  const parts: LayerPart[] = [];
  for (let index = 0; index < pieces; index += length) {
    parts.push({ layer, width, range: { piecesRoot, baseLayer, index, length, proofLayers } });
  }
  return parts;
}

function keyOf({ piecesRoot, baseLayer, index, length }: HashRange): string {
  return `${toHex(piecesRoot)} ${baseLayer} ${index} ${length}`;
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
