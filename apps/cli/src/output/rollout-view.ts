import { type Rollout, type RolloutTarget, TargetState, targetWord } from '@shoal/contracts';
import { formatBytes, formatDuration, formatRate, plural, shortDigest } from './format.ts';
import { percent, progressBar } from './progress-bar.ts';
import { tableLines } from './table.ts';
import type { Style, Terminal } from './terminal.ts';
import { pad, textWidth } from './text-width.ts';

/** Hosts told of one by one in logs and in the table at the end; of more, only those that are not active. */
const MOST_ROWS = 50;

/** Hosts drawn one by one; a larger rollout shows those that are not done yet first, and counts the rest. */
const MOST_BARS = 12;
const BAR_COLUMNS = 24;

/** Whether the target has the verified tree. */
function isDone(target: RolloutTarget): boolean {
  return (
    target.state === TargetState.TARGET_STATE_FETCHED || target.state === TargetState.TARGET_STATE_ACTIVATED
  );
}

function fractionOf(target: RolloutTarget): number {
  if (isDone(target)) return 1;
  const transfer = target.transfer;
  if (transfer === undefined || transfer.bytesTotal === 0n) return 0;
  return Number(transfer.bytesDone) / Number(transfer.bytesTotal);
}

/** How much of all hosts' bytes is there, 0 to 1. */
export function rolloutFraction(targets: readonly RolloutTarget[]): number {
  return targets.reduce((sum, target) => sum + fractionOf(target), 0) / Math.max(1, targets.length);
}

function paintState(target: RolloutTarget, style: Style): string {
  const word = targetWord(target.state);
  if (target.state === TargetState.TARGET_STATE_FAILED) return style.bad(`${word} ${target.errorCode}`);
  return isDone(target) ? style.good(word) : word;
}

/** Whether a log should tell that a host has come to this state: of a large rollout only that it failed. */
export function isWorthALine(rollout: Rollout, target: RolloutTarget): boolean {
  return rollout.targetCount <= MOST_ROWS || target.state === TargetState.TARGET_STATE_FAILED;
}

/** The live picture of a rollout: a bar a host, then the whole. Fits `terminal.columns`. */
export function rolloutLines(
  rollout: Rollout,
  targets: readonly RolloutTarget[],
  terminal: Terminal,
): string[] {
  const open = targets.filter((target) => !isDone(target));
  const done = targets.filter(isDone);
  const shown = [...open, ...done].slice(0, MOST_BARS).sort((a, b) => compare(a.hostId, b.hostId));
  const nameWidth = Math.min(32, Math.max(0, ...shown.map((target) => textWidth(target.hostId))));
  const lines = shown.map((target) => hostLine(target, nameWidth, terminal.style));
  const hidden = targets.length - shown.length;
  if (hidden > 0) lines.push(terminal.style.dim(`  … and ${plural(hidden, 'more host')}`));
  return [...lines, totalLine(rollout, targets, terminal.style)];
}

function hostLine(target: RolloutTarget, nameWidth: number, style: Style): string {
  const fraction = fractionOf(target);
  const bar = progressBar(fraction, BAR_COLUMNS);
  const rate = target.transfer !== undefined && !isDone(target) ? formatRate(target.transfer.rate) : '';
  return `  ${pad(target.hostId, nameWidth, 'left')}  ${style.accent(bar)} ${percent(fraction)}  ${pad(rate, 11, 'right')}  ${paintState(target, style)}`;
}

function totalLine(rollout: Rollout, targets: readonly RolloutTarget[], style: Style): string {
  const done = targets.filter(isDone).length;
  const failed = targets.filter((target) => target.state === TargetState.TARGET_STATE_FAILED).length;
  const rate = targets.reduce(
    (sum, target) => sum + (isDone(target) ? 0 : Number(target.transfer?.rate ?? 0n)),
    0,
  );
  const whole = percent(rolloutFraction(targets)).trim();
  const parts = [`${done} of ${plural(targets.length, 'host')}`, `${whole} of ${formatBytes(rollout.size)}`];
  if (rate > 0) parts.push(formatRate(rate));
  if (failed > 0) parts.push(style.bad(`${failed} failed`));
  return style.dim(`  ${parts.join(' · ')}`);
}

/**
 * The table at the end: per host time, rate, bytes from seeders, from peers, from web seeds and reused, and what it verified. Where there are too
 * many hosts, those that are not active come first, and the rest is counted.
 */
export function summaryLines(targets: readonly RolloutTarget[], style: Style): string[] {
  const active = targets.filter(({ state }) => state === TargetState.TARGET_STATE_ACTIVATED);
  const others = targets.filter(({ state }) => state !== TargetState.TARGET_STATE_ACTIVATED);
  const shown = [...others, ...active].slice(0, MOST_ROWS);
  const hidden = targets.length - shown.length;
  const rows = shown.sort((a, b) => compare(a.hostId, b.hostId)).map((target) => summaryRow(target, style));
  const rest = hidden > 0 ? [style.dim(`… and ${plural(hidden, 'more host')}`)] : [];
  return [...summaryTable(rows, style), ...rest];
}

function summaryTable(rows: string[][], style: Style): string[] {
  return tableLines(
    [
      { title: 'HOST' },
      { title: 'STATE' },
      { title: 'TIME', align: 'right' },
      { title: 'RATE', align: 'right' },
      { title: 'FROM SEEDER', align: 'right' },
      { title: 'FROM PEERS', align: 'right' },
      { title: 'WEB SEEDS', align: 'right' },
      { title: 'REUSED', align: 'right' },
      { title: 'VERIFIED' },
    ],
    rows,
    style.bold,
  );
}

function summaryRow(target: RolloutTarget, style: Style): string[] {
  const transfer = target.transfer;
  const digest = target.verifiedDigest.length > 0 ? `sha256:${shortDigest(target.verifiedDigest)}` : '-';
  if (transfer === undefined)
    return [target.hostId, paintState(target, style), '-', '-', '-', '-', '-', '-', digest];
  const millis = Number(transfer.elapsedMillis);
  const rate = millis > 0 && isDone(target) ? formatRate((Number(transfer.bytesTotal) * 1000) / millis) : '-';
  return [
    target.hostId,
    paintState(target, style),
    formatDuration(millis),
    rate,
    formatBytes(transfer.bytesFromSeeders),
    formatBytes(transfer.bytesFromPeers),
    formatBytes(transfer.bytesFromOrigins),
    formatBytes(transfer.bytesReused),
    digest,
  ];
}

function compare(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
