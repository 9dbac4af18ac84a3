import { ApiError } from './api.js';
import { h } from './dom.js';

/** @import { Child } from './dom.js' */

/**
 * @typedef {object} Column
 * @property {string} title
 * @property {boolean} [number] right-aligned figures
 */

/**
 * A table that can be scrolled sideways on a small screen, with a caption for screen readers.
 * @param {string} caption
 * @param {readonly Column[]} columns
 * @param {readonly (readonly (Child | readonly Child[])[])[]} rows a cell for each column; the first names the row
 */
export function table(caption, columns, rows) {
  const kind = (/** @type {number} */ index) => (columns[index]?.number === true ? 'number' : undefined);
  const head = columns.map(({ title }, index) => h('th', { scope: 'col', class: kind(index) }, title));
  const body = rows.map((row) => h('tr', {}, ...row.map((cell, index) => cellOf(cell, index, kind(index)))));
  return h(
    'div',
    { class: 'table', role: 'region', 'aria-label': caption, tabindex: 0 },
    h(
      'table',
      {},
      h('caption', { class: 'unseen' }, caption),
      h('thead', {}, h('tr', {}, ...head)),
      h('tbody', {}, ...body),
    ),
  );
}

/**
 * @param {Child | readonly Child[]} cell
 * @param {number} index
 * @param {string | undefined} kind
 */
function cellOf(cell, index, kind) {
  return index === 0 ? h('th', { scope: 'row', class: kind }, cell) : h('td', { class: kind }, cell);
}

/**
 * Draws a part of the page again without taking a table from under its reader: how far it was scrolled sideways stays, and
 * the keyboard's focus on it.
 * @param {HTMLElement} part
 * @param {...Node} children
 */
export function redraw(part, ...children) {
  const before = part.querySelector('.table');
  const left = before?.scrollLeft ?? 0;
  const focused = before !== null && before === document.activeElement;
  part.replaceChildren(...children);
  const after = part.querySelector('.table');
  if (!(after instanceof HTMLElement)) return;
  after.scrollLeft = left;
  if (focused) after.focus({ preventScroll: true });
}

/**
 * A state, as a word with a coloured dot: never by colour alone.
 * @param {string} word
 */
export function badge(word) {
  return h('span', { class: 'badge', 'data-state': word }, word);
}

/**
 * @param {string} label what is measured, for screen readers
 * @param {number} fraction 0 to 1
 */
export function progress(label, fraction) {
  const percent = Math.floor(Math.min(1, Math.max(0, fraction)) * 100);
  return h(
    'span',
    { class: 'progress' },
    h('progress', { max: 100, value: percent, 'aria-label': label }),
    h('span', { class: 'percent' }, `${percent} %`),
  );
}

/**
 * What a page shows where there is nothing yet: why, and the command that changes it.
 * @param {string} title
 * @param {string} text
 * @param {string} [command]
 */
export function emptyState(title, text, command) {
  return h(
    'div',
    { class: 'empty' },
    h('h2', {}, title),
    h('p', {}, text),
    command === undefined ? undefined : h('pre', {}, h('code', {}, command)),
  );
}

/**
 * A failure: what happened, its stable code, what to do.
 * @param {unknown} error
 */
export function errorNotice(error) {
  const { message, code, remedy } =
    error instanceof ApiError ? error : { message: String(error), code: '', remedy: '' };
  return h(
    'div',
    { class: 'notice error', role: 'alert' },
    h('strong', {}, message),
    remedy === '' ? undefined : h('p', {}, remedy),
    code === '' ? undefined : h('code', {}, code),
  );
}

/**
 * Leads to the next page of a list, and back to its beginning.
 * @param {string} first hash of the first page
 * @param {string} pageToken of the page shown
 * @param {string} nextPageToken empty on the last page
 */
export function pager(first, pageToken, nextPageToken) {
  const separator = first.includes('?') ? '&' : '?';
  const next = `${first}${separator}page=${encodeURIComponent(nextPageToken)}`;
  return h(
    'nav',
    { class: 'pager', 'aria-label': 'Pages of this list' },
    pageToken === '' ? undefined : h('a', { href: first }, '« First page'),
    nextPageToken === '' ? undefined : h('a', { href: next, rel: 'next' }, 'Next page »'),
  );
}

/**
 * Names and values, side by side.
 * @param {readonly (readonly [string, Child | readonly Child[]])[]} entries
 */
export function facts(entries) {
  return h(
    'dl',
    { class: 'facts' },
    ...entries.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
  );
}

/**
 * A figure with what it counts below it.
 * @param {string} label
 * @param {Child} value
 */
export function card(label, value) {
  return h(
    'div',
    { class: 'card' },
    h('div', { class: 'figure' }, value),
    h('div', { class: 'label' }, label),
  );
}

/**
 * The heading of a page, with what stands beside it.
 * @param {Child} title
 * @param {...Child} beside
 */
export function heading(title, ...beside) {
  return h('div', { class: 'heading' }, h('h1', {}, title), ...beside);
}

/**
 * A digest or id, cut to what tells it apart; whole as a tooltip.
 * @param {string | null} text
 * @param {number} [length]
 */
export function short(text, length = 12) {
  if (text === null || text === '') return h('span', { class: 'dim' }, '–');
  return h('code', { title: text }, text.slice(0, length));
}
