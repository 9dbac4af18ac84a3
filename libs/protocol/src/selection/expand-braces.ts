import { MAX_ALTERNATIVES } from './constants.ts';
import { SelectionError } from './selection-error.ts';

/**
 * The patterns that the braces of a pattern stand for: `a{b,c{d,e}}` for `ab`, `acd` and `ace`. A backslash takes the
 * meaning of what follows it, and stays.
 * @throws SelectionError SHOAL_SELECTION_PATTERN when braces are not in pairs, or stand for too many
 */
export function expandBraces(pattern: string): string[] {
  const expander = new BraceExpander(pattern);
  const patterns = expander.sequence(false);
  expander.expectEnd();
  return patterns;
}

class BraceExpander {
  readonly #pattern: string;
  #at = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  /** Reads to the end or, inside braces, to the comma or brace that ends an alternative. */
  sequence(inBraces: boolean): string[] {
    let found = [''];
    for (let char = this.#peek(); char !== undefined; char = this.#peek()) {
      if (char === '}' || (inBraces && char === ',')) break;
      this.#at += 1;
      const next = char === '{' ? this.#alternatives() : [char === '\\' ? char + this.#take() : char];
      found = this.#bounded(found.flatMap((before) => next.map((after) => before + after)));
    }
    return found;
  }

  expectEnd(): void {
    if (this.#at < this.#pattern.length) throw this.#fault('a } without its {');
  }

  /** Reads what follows an opening brace, and the closing one. */
  #alternatives(): string[] {
    const found: string[] = [];
    for (;;) {
      found.push(...this.sequence(true));
      const end = this.#peek();
      if (end === undefined) throw this.#fault('a { without its }');
      this.#at += 1;
      if (end === '}') return this.#bounded(found);
    }
  }

  #peek(): string | undefined {
    return this.#pattern[this.#at];
  }

  #take(): string {
    const char = this.#peek();
    if (char === undefined) throw this.#fault('a backslash at its end');
    this.#at += 1;
    return char;
  }

  #bounded(patterns: string[]): string[] {
    if (patterns.length <= MAX_ALTERNATIVES) return patterns;
    throw this.#fault(`braces that stand for more than ${String(MAX_ALTERNATIVES)} patterns`);
  }

  #fault(what: string): SelectionError {
    return new SelectionError('SHOAL_SELECTION_PATTERN', `${JSON.stringify(this.#pattern)} has ${what}`);
  }
}
