import { errorNotice } from './parts.js';

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
  let last = root.appendChild(document.createElement('div'));
  const notice = root.insertBefore(document.createElement('div'), last);
  const once = async () => {
    // Not under the hands of somebody who is in it with the keyboard.
    if (document.hidden || last.contains(document.activeElement)) return;
    try {
      const view = show(await read(signal));
      last.replaceWith(view);
      last = /** @type {HTMLDivElement} */ (view);
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
