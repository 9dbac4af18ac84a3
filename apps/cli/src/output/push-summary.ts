import { artifactJson } from '@shoal/contracts';
import type { PushTreeResult } from '../push/push-tree.ts';
import { formatBytes, formatDuration, formatHex, formatRate, plural } from './format.ts';
import type { Style } from './terminal.ts';

/** What a push did, in three lines. */
export function pushSummary(result: PushTreeResult, style: Style): string[] {
  const { artifact, moved, hashMillis, sendMillis } = result;
  const name = style.bold(`${artifact.name}@${artifact.version}`);
  const rate = sendMillis > 0 ? ` (${formatRate((moved * 1000) / sendMillis)})` : '';
  const sent =
    moved === 0
      ? 'nothing had to move'
      : `sent ${formatBytes(moved)} in ${formatDuration(sendMillis)}${rate}`;
  return [
    `${style.good('published')} ${name}  ${formatBytes(artifact.size)} in ${plural(artifact.fileCount, 'file')}`,
    style.dim(`  hashed in ${formatDuration(hashMillis)}, ${sent}`),
    style.dim(`  sha256:${formatHex(artifact.contentDigest)}`),
  ];
}

/** What `--json` prints of a push. */
export function pushJson({ artifact, moved, hashMillis, sendMillis }: PushTreeResult) {
  return { artifact: artifactJson(artifact), moved, hashMillis, sendMillis };
}
