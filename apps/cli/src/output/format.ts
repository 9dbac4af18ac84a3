/** Numbers and times as people read them. Pure. */

const BINARY_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** Three significant digits at most: "0 B", "982 B", "1.50 KiB", "64.0 MiB". */
export function formatBytes(bytes: number | bigint): string {
  let value = Number(bytes);
  let unit = 0;
  while (value >= 1024 && unit < BINARY_UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 ? 0 : value < 10 ? 2 : value < 100 ? 1 : 0;
  return `${value.toFixed(digits)} ${BINARY_UNITS[unit] ?? 'B'}`;
}

/** Bytes per second: "81.2 MiB/s". */
export function formatRate(bytesPerSecond: number | bigint): string {
  return `${formatBytes(bytesPerSecond)}/s`;
}

/** Milliseconds: "240 ms", "1.24 s", "2m 03s", "1h 05m". */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(2)} s`;
  const two = (n: number): string => String(Math.floor(n)).padStart(2, '0');
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`;
  return `${Math.floor(seconds / 3600)}h ${two((seconds % 3600) / 60)}m`;
}

/** How long ago: "just now", "42 s ago", "3 min ago", "5 h ago", "2 d ago". */
export function formatAge(then: Date | undefined, now: Date): string {
  if (then === undefined) return 'never';
  const seconds = Math.max(0, (now.getTime() - then.getTime()) / 1000);
  if (seconds < 2) return 'just now';
  if (seconds < 120) return `${Math.floor(seconds)} s ago`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** A digest's or info-hash's hexadecimal text. */
export function formatHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** The first 12 hexadecimal digits: enough to tell two apart on a screen. */
export function shortDigest(digest: Uint8Array): string {
  return formatHex(digest).slice(0, 12);
}

/** "zone=a role=web", sorted by key; "-" when there are none. */
export function formatLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return pairs.length === 0 ? '-' : pairs.map(([key, value]) => `${key}=${value}`).join(' ');
}

/** "1 file", "2 files". */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
