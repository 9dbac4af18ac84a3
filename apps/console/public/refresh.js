import { h } from './dom.js';
import { errorNotice, redraw } from './parts.js';

/** Milliseconds between two readings of a list that is shown. */
const REFRESH_MS = 5_000;

/**
 * Shows what `read` gives, now and again every few seconds while the page is in front, until `signal` fires. A failure is
 * shown above what was read last.
 * @template T
 * @param {{ readonly root: HTMLElement, readonly signal: AbortSignal }} page
 * @param {(signal: AbortSignal) => Promise<T>} read
 * @param {(value: T) => HTMLElement} show
 */
export function keepShowing({ root, signal }, read, show) {
  const notice = root.appendChild(h('div'));
  const part = root.appendChild(h('div'));
  const once = async () => {
    // A link that the keyboard is on must not vanish under it.
    if (document.hidden || part.querySelector('a:focus-visible') !== null) return;
    try {
      redraw(part, show(await read(signal)));
      notice.replaceChildren();
    } catch (error) {
      if (!signal.aborted) notice.replaceChildren(errorNotice(error));
    }
  };
  void once();
  const timer = setInterval(() => void once(), REFRESH_MS);
  const onVisible = () => void once();
  document.addEventListener('visibilitychange', onVisible, { signal });
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}
