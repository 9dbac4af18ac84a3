import { writeValue } from '../bencode/encode.ts';
import { BencodeWriter } from '../bencode/writer.ts';
import { encodeUtf8 } from '../bytes.ts';
import { type CreatedMetainfo, encodePieceLayers } from './create.ts';
import type { PieceLayers } from './metainfo.ts';
import { parsePartialMetainfo } from './parse.ts';

/** The parts of a metainfo that come from different places when it comes from peers. */
export interface MetainfoParts {
  /** The exact bytes of the `info` dictionary. */
  readonly infoBytes: Uint8Array;
  /** What `requiredLayers` names; of a hybrid as much as was found. */
  readonly pieceLayers: PieceLayers;
  /** Tracker URLs; each becomes a tier of its own (BEP 12). */
  readonly trackers: readonly string[];
}

/**
 * Makes a metainfo file of parts that were found one by one, and reads it.
 * @throws MetainfoError as {@link parsePartialMetainfo}
 */
export function joinMetainfo({ infoBytes, pieceLayers, trackers }: MetainfoParts): CreatedMetainfo {
  const writer = new BencodeWriter();
  const [first] = trackers;
  writer.beginDictionary();
  if (first !== undefined) {
    writer.key('announce');
    writer.text(first);
  }
  if (trackers.length > 1) {
    writer.key('announce-list');
    writeValue(
      writer,
      trackers.map((url) => [encodeUtf8(url)]),
    );
  }
  writer.key('info');
  writer.encoded(infoBytes);
  if (pieceLayers.size > 0) {
    writer.key('piece layers');
    writeValue(writer, encodePieceLayers(pieceLayers));
  }
  writer.end();
  const bytes = writer.finish();
  return { bytes, metainfo: parsePartialMetainfo(bytes) };
}
