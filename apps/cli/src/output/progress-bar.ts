const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;

/** A bar of `width` columns, filled to `fraction` (clamped to 0..1) in steps of an eighth of a column. */
export function progressBar(fraction: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, fraction)) * width * 8);
  const full = Math.floor(eighths / 8);
  const part = EIGHTHS[eighths % 8] ?? '';
  return '█'.repeat(full) + part + '░'.repeat(width - full - part.length);
}

/** "  7 %", "100 %": a percentage that reads 100 only when all is done. */
export function percent(fraction: number): string {
  const whole = fraction >= 1 ? 100 : Math.min(99, Math.floor(Math.max(0, fraction) * 100));
  return `${String(whole).padStart(3)} %`;
}
