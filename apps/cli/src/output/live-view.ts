import type { Terminal } from './terminal.ts';

const CLEAR_LINE = '\u001b[2K';
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';

/** A block of lines at the bottom of the screen that is drawn again in place. */
export interface LiveView {
  /** Replaces the block. On something that is not a terminal nothing is drawn: see {@link LiveView.milestone}. */
  readonly draw: (lines: readonly string[]) => void;
  /** A line for readers without a terminal: logs and CI. Not shown where the block is. */
  readonly milestone: (line: string) => void;
  /** Leaves the last block standing and gives the cursor back. */
  readonly end: () => void;
}

export function createLiveView(terminal: Terminal): LiveView {
  if (!terminal.live) {
    return { draw: () => undefined, milestone: (line) => terminal.note(line), end: () => undefined };
  }
  let drawn = 0;
  return {
    draw(lines) {
      const up = drawn > 0 ? `\u001b[${drawn}F` : HIDE_CURSOR;
      const surplus = Math.max(0, drawn - lines.length);
      const body = lines.map((line) => `${CLEAR_LINE}${line}\n`).join('');
      const rest = `${CLEAR_LINE}\n`.repeat(surplus) + (surplus > 0 ? `\u001b[${surplus}F` : '');
      terminal.writeRaw(up + body + rest);
      drawn = lines.length;
    },
    milestone: () => undefined,
    end() {
      if (drawn > 0) terminal.writeRaw(SHOW_CURSOR);
      drawn = 0;
    },
  };
}
