import { byId, h } from './dom.js';
import { parseRoute, hashOf } from './route.js';
import { emptyState } from './parts.js';
import { showArtifact } from './pages/artifact.js';
import { showArtifacts } from './pages/artifacts.js';
import { showHosts } from './pages/hosts.js';
import { showRollout } from './pages/rollout.js';
import { showRollouts } from './pages/rollouts.js';

/** @import { Page, Route } from './route.js' */

const PAGES = [
  { id: 'rollouts', title: 'Rollouts' },
  { id: 'artifacts', title: 'Artifacts' },
  { id: 'hosts', title: 'Hosts' },
];

/** Ends what the page shown before is still doing. */
let leave = new AbortController();

/**
 * @param {Route} route
 * @returns {((page: Page) => void) | undefined}
 */
function pageOf({ page, args }) {
  if (page === 'rollouts') return args.length === 0 ? showRollouts : showRollout;
  if (page === 'artifacts') return args.length === 0 ? showArtifacts : showArtifact;
  return page === 'hosts' ? showHosts : undefined;
}

function show() {
  leave.abort();
  leave = new AbortController();
  const route = parseRoute(location.hash);
  drawTop(route);
  const root = h('div', {});
  byId('content').replaceChildren(root);
  const page = pageOf(route);
  document.title = `${route.args[0] ?? PAGES.find(({ id }) => id === route.page)?.title ?? 'Not found'} · Shoal`;
  if (page === undefined) root.append(emptyState('There is no such page', 'The address may have changed.'));
  else page({ root, route, signal: leave.signal });
}

/** @param {Route} route */
function drawTop({ namespace, page }) {
  const links = PAGES.map(({ id, title }) =>
    h('a', { href: hashOf(namespace, id), 'aria-current': id === page ? 'page' : undefined }, title),
  );
  byId('pages').replaceChildren(...links);
  namespaceInput().value = namespace;
}

function namespaceInput() {
  return /** @type {HTMLInputElement} */ (byId('namespace-name'));
}

byId('namespace').addEventListener('submit', (event) => {
  event.preventDefault();
  location.hash = hashOf(namespaceInput().value.trim() || 'default', parseRoute(location.hash).page);
});
addEventListener('hashchange', () => {
  show();
  byId('content').focus();
  scrollTo(0, 0);
});
show();
