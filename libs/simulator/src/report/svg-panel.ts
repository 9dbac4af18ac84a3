/** Where a panel stands, in pixels. */
export interface PanelBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Distances between ticks that read well, in seconds. */
const TICKS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_800, 3_600];

const MOST_TICKS = 12;

/** A chart of shares (0 to 1) over time (0 to `end` milliseconds). Lines are lists of time, share, time, share, … */
export class Panel {
  readonly #box: PanelBox;
  readonly #end: number;

  constructor(box: PanelBox, end: number) {
    this.#box = box;
    this.#end = end;
  }

  /** Background, grid lines with percentages, and a heading. */
  frame(heading: string): string[] {
    const { x, y, width, height } = this.#box;
    const rows = [0, 0.25, 0.5, 0.75, 1].flatMap((share) => [
      `<line x1="${x}" x2="${x + width}" y1="${this.#y(share)}" y2="${this.#y(share)}" stroke="#e3e3e3"/>`,
      `<text x="${x - 8}" y="${this.#y(share) + 4}" text-anchor="end" fill="#5a5a5a" font-size="11">${share * 100} %</text>`,
    ]);
    return [
      `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="#fafafa"/>`,
      ...(height < 150 ? rows.filter((_, index) => index % 4 < 2) : rows),
      `<text x="${x}" y="${y - 10}" fill="#1a1a1a" font-weight="600">${heading}</text>`,
    ];
  }

  /** Seconds under the panel. */
  timeAxis(): string[] {
    const seconds = this.#end / 1_000;
    const step = TICKS.find((tick) => seconds / tick <= MOST_TICKS) ?? seconds;
    const ticks = Array.from({ length: Math.floor(seconds / step) + 1 }, (_, index) => index * step);
    const y = this.#box.y + this.#box.height + 18;
    return ticks.map(
      (tick) =>
        `<text x="${this.#x(tick * 1_000)}" y="${y}" text-anchor="middle" fill="#5a5a5a" font-size="11">${Number(tick.toFixed(1))} s</text>`,
    );
  }

  line(points: readonly number[], colour: string, { dashed = false } = {}): string {
    const dash = dashed ? ' stroke-dasharray="4 3"' : '';
    return `<path d="M${this.#path(points)}" fill="none" stroke="${colour}" stroke-width="2" stroke-linejoin="round"${dash}/>`;
  }

  /** The area between two lines of the same times. */
  band(low: readonly number[], high: readonly number[], colour: string): string {
    const back: number[] = [];
    for (let at = high.length - 2; at >= 0; at -= 2) back.push(high[at] ?? 0, high[at + 1] ?? 0);
    return `<path d="M${this.#path(low)} L${this.#path(back)} Z" fill="${colour}" fill-opacity="0.18"/>`;
  }

  /** A vertical line at a time. */
  mark(time: number, label: string): string {
    const { y, height } = this.#box;
    const x = this.#x(time);
    return `<g><line x1="${x}" x2="${x}" y1="${y}" y2="${y + height}" stroke="#1a1a1a" stroke-dasharray="2 3"/><text x="${x - 5}" y="${y + height - 8}" text-anchor="end" fill="#1a1a1a" font-size="11">${label}</text></g>`;
  }

  /** Names of the lines, right of the heading. */
  legend(entries: readonly (readonly [name: string, colour: string])[]): string[] {
    let right = this.#box.x + this.#box.width;
    const y = this.#box.y - 10;
    return [...entries].reverse().map(([name, colour]) => {
      const text = right;
      const left = right - 6.3 * name.length - 16;
      right = left - 14;
      return `<g><rect x="${left.toFixed(1)}" y="${y - 9}" width="10" height="10" rx="2" fill="${colour}"/><text x="${text}" y="${y}" text-anchor="end" fill="#3a3a3a">${name}</text></g>`;
    });
  }

  #path(points: readonly number[]): string {
    const texts: string[] = [];
    for (let at = 0; at < points.length; at += 2) {
      texts.push(`${this.#x(points[at] ?? 0)} ${this.#y(points[at + 1] ?? 0)}`);
    }
    return texts.join(' L');
  }

  #x(time: number): number {
    return Number((this.#box.x + (this.#box.width * time) / this.#end).toFixed(1));
  }

  #y(share: number): number {
    return Number((this.#box.y + this.#box.height * (1 - share)).toFixed(1));
  }
}
