import type { PushTreeResult } from '../push/push-tree.ts';
import { formatBytes, formatDuration, formatHex, formatRate, plural } from './format.ts';
import type { Style } from './terminal.ts';

/** What a push did, in two lines. */
export function pushSummary(
  { artifact, moved, hashMillis, sendMillis }: PushTreeResult,
  style: Style,
): string[] {
  const rate = sendMillis > 0 ? `, ${formatRate((moved * 1000) / sendMillis)}` : '';
  const sent =
    moved === 0
      ? 'nothing had to move'
      : `sent ${formatBytes(moved)} in ${formatDuration(sendMillis)}${rate}`;
  return [
    `${style.good('published')} ${style.bold(`${artifact.name}@${artifact.version}`)}  ${formatBytes(artifact.size)} in ${plural(artifact.fileCount, 'file')}; hashed in ${formatDuration(hashMillis)}, ${sent}`,
    style.dim(`sha256:${formatHex(artifact.contentDigest)}`),
  ];
}
