import type { HeldPart } from '@shoal/contracts';
import { formatBytes, formatHex, plural } from './format.ts';
import { tableLines } from './table.ts';
import type { Style } from './terminal.ts';

/** The parts of artifacts on a host, as a table. */
export function partLines(parts: readonly HeldPart[], style: Style): string[] {
  return tableLines(
    [
      { title: 'ARTIFACT' },
      { title: 'FILES', align: 'right' },
      { title: 'SIZE', align: 'right' },
      { title: 'OF', align: 'right' },
      { title: 'STATE' },
      { title: 'PATH' },
    ],
    parts.map((part) => [
      `${part.name}@${part.version}`,
      String(part.files),
      formatBytes(part.bytes),
      formatBytes(part.artifactBytes),
      stateOf(part, style),
      part.path,
    ]),
    style.bold,
  );
}

/** As `shoal part ls --json` prints it. */
export function heldPartJson({ contentDigest, bytes, artifactBytes, ...part }: HeldPart): object {
  return {
    ...part,
    contentDigest: formatHex(contentDigest),
    bytes: Number(bytes),
    artifactBytes: Number(artifactBytes),
  };
}

function stateOf({ damagedFiles, fetching, unfinished }: HeldPart, style: Style): string {
  if (damagedFiles > 0) return style.bad(plural(damagedFiles, 'damaged file'));
  if (fetching) return style.accent('being fetched');
  return unfinished ? 'unfinished' : style.good('whole');
}
