import { formatBytes, formatRate } from './format.ts';
import { createLiveView } from './live-view.ts';
import { percent, progressBar } from './progress-bar.ts';
import { createTenths } from './tenths.ts';
import type { Terminal } from './terminal.ts';

const BAR_COLUMNS = 32;
/** Redraws per second are bounded: a progress callback may come for every chunk. */
const REDRAW_MS = 50;

/** A bar for one stream of bytes. */
export interface TransferView {
  /** `done` of `total` bytes; the rate is counted from the first call on. */
  update(done: number, total: number): void;
  /** Leaves the bar as it stands. */
  end(): void;
}

/** Shows `label`, a bar, and the rate. `now` gives milliseconds. */
export function createTransferView(terminal: Terminal, label: string, now: () => number): TransferView {
  const view = createLiveView(terminal);
  const passesTenth = createTenths();
  let started: { readonly at: number; readonly done: number } | undefined;
  let drawnAt = -Infinity;
  return {
    update(done, total) {
      const time = now();
      started ??= { at: time, done };
      if (time - drawnAt < REDRAW_MS && done < total) return;
      drawnAt = time;
      const fraction = total === 0 ? 1 : done / total;
      const rate = time > started.at ? ((done - started.done) * 1000) / (time - started.at) : 0;
      const bar = terminal.style.accent(progressBar(fraction, BAR_COLUMNS));
      const figures = `${percent(fraction)}  ${formatBytes(done)}  ${formatRate(rate)}`;
      view.draw([`  ${label.padEnd(8)} ${bar} ${figures}`]);
      if (passesTenth(fraction)) view.milestone(`${label} ${figures}`);
    },
    end: () => view.end(),
  };
}
