import { watchRollout } from '../api.js';
import { h } from '../dom.js';
import { formatAge, formatBytes, formatDuration, formatLabels, formatRate, plural } from '../format.js';
import {
  badge,
  card,
  emptyState,
  errorNotice,
  facts,
  heading,
  progress,
  redraw,
  short,
  table,
} from '../parts.js';
import { hashOf } from '../route.js';
import { createTargetSet, STATES } from '../targets.js';

/**
 * @import { RolloutJson, TargetJson } from '@shoal/contracts'
 * @import { Page } from '../route.js'
 * @import { TargetSet } from '../targets.js'
 */

/** Milliseconds between two drawings: faster than that nobody reads. */
const DRAW_MS = 250;

/** Milliseconds between two drawings when nothing happens. */
const CLOCK_MS = 1_000;

/** Milliseconds after which a rollout that failed, or could not be watched, is looked at again: its hosts keep trying. */
const LOOK_AGAIN_MS = 15_000;

/** Hosts in the table, at most; the rest is counted. */
const MOST_ROWS = 200;

const COLUMNS = [
  { title: 'Host' },
  { title: 'State' },
  { title: 'Progress' },
  { title: 'Rate', number: true },
  { title: 'From seeders', number: true },
  { title: 'From peers', number: true },
  { title: 'Time', number: true },
  { title: 'Verified' },
];

/**
 * One rollout, live: how far it is as a whole, and every host.
 * @param {Page} page
 */
export function showRollout({ root, route, signal }) {
  const [rolloutId = ''] = route.args;
  const targets = createTargetSet();
  /** @type {RolloutJson | undefined} */
  let rollout;
  let filter = '';
  const notice = h('div', {});
  const connection = h('p', { class: 'notice', hidden: true }, 'The connection broke; trying again…');
  const whole = h('div', {});
  const filters = h('div', {
    class: 'filters',
    role: 'group',
    'aria-label': 'Show hosts by state',
    hidden: true,
  });
  const hosts = h('div', {});
  root.append(notice, connection, whole, filters, hosts);

  const buttons = ['', ...STATES].map((state) => {
    const button = h('button', { type: 'button', click: () => choose(state) });
    filters.append(button);
    return { state, button };
  });

  /** @param {string} state */
  function choose(state) {
    filter = state;
    draw();
  }

  function draw() {
    if (rollout === undefined) return;
    document.title = `${rollout.name}@${rollout.version} ${rollout.state} · Shoal`;
    if (whole.querySelector('a:focus-visible') === null) whole.replaceChildren(...wholeOf(rollout, targets));
    filters.hidden = false;
    for (const { state, button } of buttons) {
      const count = state === '' ? targets.size : targets.count(state);
      button.textContent = `${state === '' ? 'all' : state} ${count.toLocaleString('en')}`;
      button.setAttribute('aria-pressed', String(state === filter));
      button.hidden = state !== '' && state !== filter && count === 0;
    }
    redraw(hosts, ...hostsOf(targets, filter));
  }

  const drawSoon = throttled(draw, signal);
  // Its time goes on, also while nothing else happens.
  const clock = setInterval(() => {
    if (rollout?.state === 'running') drawSoon();
  }, CLOCK_MS);
  signal.addEventListener('abort', () => clearInterval(clock), { once: true });
  const watchLater = () => {
    const timer = setTimeout(watch, LOOK_AGAIN_MS);
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  };
  const watch = () =>
    watchRollout(route.namespace, rolloutId, signal, {
      onUpdate: (update) => {
        rollout = update.rollout;
        targets.take(update.targets);
        notice.replaceChildren();
        drawSoon();
      },
      onConnection: (connected) => {
        connection.hidden = connected;
      },
      onError: (error) => {
        if (signal.aborted) return;
        connection.hidden = true;
        notice.replaceChildren(errorNotice(error));
        watchLater();
      },
      onEnd: () => {
        if (rollout?.state === 'failed') watchLater();
      },
    });
  watch();
}

/**
 * Calls `work` soon after it was asked for, never more often than every {@link DRAW_MS}.
 * @param {() => void} work
 * @param {AbortSignal} signal
 */
function throttled(work, signal) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  return () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      work();
    }, DRAW_MS);
  };
}

/**
 * The upper half: the rollout as a whole.
 * @param {RolloutJson} rollout
 * @param {TargetSet} targets
 */
function wholeOf(rollout, targets) {
  const { bytesDone, rate, fromSeeders, fromPeers, fromOrigins, reused, wasted } = targets.sums();
  const running = rollout.state === 'running';
  const needed = rollout.size * rollout.targets;
  const took =
    Date.parse(rollout.finishedAt ?? new Date().toISOString()) - Date.parse(rollout.createdAt ?? '');
  const artifact = `${rollout.name}@${rollout.version}`;
  return [
    heading(artifact, badge(rollout.state)),
    stateBar(targets),
    h(
      'div',
      { class: 'cards' },
      card(
        'hosts active',
        `${rollout.activated.toLocaleString('en')} / ${rollout.targets.toLocaleString('en')}`,
      ),
      card('on the hosts', `${Math.floor((bytesDone / Math.max(1, needed)) * 100)} %`),
      running
        ? card('all hosts together', formatRate(rate))
        : card('for each host', formatBytes(rollout.size)),
      card('from seeders', formatBytes(fromSeeders)),
      card('from peers', formatBytes(fromPeers)),
      ...(fromOrigins > 0 ? [card('from web seeds', formatBytes(fromOrigins))] : []),
      card('reused on the hosts', formatBytes(reused)),
      card('received in vain', formatBytes(wasted)),
      card(running ? 'since its start' : 'until it was decided', formatDuration(Math.max(0, took))),
    ),
    facts([
      ['Hosts', formatLabels(rollout.selector) || 'every host'],
      ['Created', `${formatAge(rollout.createdAt)} by ${rollout.principal}`],
      [
        'Artifact',
        h('a', { href: hashOf(rollout.namespace, 'artifacts', rollout.name, rollout.version) }, artifact),
      ],
      ['Trace', short(rollout.traceId, 32)],
      ['Rollout', short(rollout.id, 36)],
    ]),
  ];
}

/**
 * All hosts as one bar, by state.
 * @param {TargetSet} targets
 */
function stateBar(targets) {
  const present = STATES.filter((state) => targets.count(state) > 0);
  const label = present.map((state) => `${targets.count(state).toLocaleString('en')} ${state}`).join(', ');
  const bar = h('div', { class: 'states', role: 'img', 'aria-label': label });
  for (const state of present) {
    const part = h('span', { 'data-state': state, title: `${targets.count(state)} ${state}` });
    part.style.flexGrow = String(targets.count(state));
    bar.append(part);
  }
  return bar;
}

/**
 * The lower half: the hosts, those that are not active first.
 * @param {TargetSet} targets
 * @param {string} filter
 */
function hostsOf(targets, filter) {
  const all = targets.inState(filter);
  if (all.length === 0) return [emptyState('No host', 'No host of this rollout is in this state.')];
  const shown = all.slice(0, MOST_ROWS);
  const hidden = all.length - shown.length;
  const rows = shown.map(rowOf);
  const failed = shown.filter((target) => target.errorCode !== null).slice(0, 5);
  return [
    ...failed.map(failureOf),
    table('Hosts of this rollout', COLUMNS, rows),
    ...(hidden > 0 ? [h('p', { class: 'dim' }, `… and ${plural(hidden, 'more host')}`)] : []),
  ];
}

/** @param {TargetJson} target */
function rowOf(target) {
  const { transfer, state } = target;
  const done = state === 'active' || state === 'fetched';
  const fraction = done ? 1 : (transfer?.bytesDone ?? 0) / Math.max(1, transfer?.bytesTotal ?? 1);
  const figure = (/** @type {string | undefined} */ text) => text ?? h('span', { class: 'dim' }, '–');
  return [
    target.host,
    badge(state),
    progress(`${target.host}: bytes verified`, fraction),
    figure(state === 'fetching' && transfer ? formatRate(transfer.bytesPerSecond) : undefined),
    figure(transfer ? formatBytes(transfer.bytesFromSeeders) : undefined),
    figure(transfer ? formatBytes(transfer.bytesFromPeers) : undefined),
    figure(transfer && transfer.elapsedMillis > 0 ? formatDuration(transfer.elapsedMillis) : undefined),
    short(target.verifiedDigest),
  ];
}

/** @param {TargetJson} target */
function failureOf({ host, errorCode, errorMessage }) {
  return h(
    'div',
    { class: 'notice error' },
    h('strong', {}, host),
    h('p', {}, errorMessage ?? ''),
    h('code', {}, errorCode ?? ''),
  );
}
