const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/**
 * "1.5 GiB".
 * @param {number} bytes
 */
export function formatBytes(bytes) {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[unit] ?? ''}`;
}

/**
 * "512 MiB/s".
 * @param {number} bytesPerSecond
 */
export function formatRate(bytesPerSecond) {
  return `${formatBytes(bytesPerSecond)}/s`;
}

/**
 * "850 ms", "4.2 s", "3 min 5 s", "2 h 10 min", "4 d 3 h".
 * @param {number} millis
 */
export function formatDuration(millis) {
  if (millis < 1_000) return `${Math.round(millis)} ms`;
  const seconds = millis / 1_000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/**
 * "12 s ago"; "–" for no time.
 * @param {string | null} time RFC 3339
 */
export function formatAge(time) {
  if (time === null) return '–';
  const millis = Math.max(0, Date.now() - Date.parse(time));
  return millis < 1_000
    ? 'just now'
    : `${formatDuration(Math.floor(millis / 1_000) * 1_000).replace('.0 s', ' s')} ago`;
}

/**
 * "1 host", "20,000 hosts".
 * @param {number} count
 * @param {string} noun
 */
export function plural(count, noun) {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}

/**
 * "zone=eu-1, role=web".
 * @param {Readonly<Record<string, string>>} labels
 */
export function formatLabels(labels) {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
}
