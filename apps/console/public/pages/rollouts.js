import { listRollouts } from '../api.js';
import { h } from '../dom.js';
import { formatAge, formatBytes, formatLabels } from '../format.js';
import { badge, emptyState, heading, pager, progress, table } from '../parts.js';
import { keepShowing } from '../refresh.js';
import { hashOf } from '../route.js';

/**
 * @import { RolloutJson } from '@shoal/contracts'
 * @import { Page } from '../route.js'
 */

const COLUMNS = [
  { title: 'Artifact' },
  { title: 'State' },
  { title: 'Active' },
  { title: 'Hosts', number: true },
  { title: 'Failed', number: true },
  { title: 'Size', number: true },
  { title: 'Selector' },
  { title: 'Created' },
];

/**
 * All rollouts, newest first.
 * @param {Page} page
 */
export function showRollouts(page) {
  const { root, route } = page;
  const { namespace } = route;
  const pageToken = route.query.get('page') ?? '';
  const name = route.query.get('name') ?? '';
  root.append(heading(name === '' ? 'Rollouts' : `Rollouts of ${name}`));
  const first = hashOf(namespace, 'rollouts') + (name === '' ? '' : `?name=${encodeURIComponent(name)}`);
  keepShowing(
    page,
    (signal) => listRollouts(namespace, { name, pageToken, pageSize: '50' }, signal),
    ({ rollouts, nextPageToken }) =>
      rollouts.length === 0
        ? emptyState(
            'No rollouts yet',
            'A rollout decides which hosts get which version. Start one from the command line:',
            'shoal rollout create web@1.4.2',
          )
        : h(
            'div',
            {},
            table(
              'Rollouts, newest first',
              COLUMNS,
              rollouts.map((rollout) => rowOf(namespace, rollout)),
            ),
            pager(first, pageToken, nextPageToken),
          ),
  );
}

/**
 * @param {string} namespace
 * @param {RolloutJson} rollout
 */
function rowOf(namespace, rollout) {
  const artifact = `${rollout.name}@${rollout.version}`;
  return [
    h('a', { href: hashOf(namespace, 'rollouts', rollout.id) }, artifact),
    badge(rollout.state),
    progress(`Hosts of ${artifact} that are active`, rollout.activated / Math.max(1, rollout.targets)),
    rollout.targets.toLocaleString('en'),
    rollout.failed === 0 ? h('span', { class: 'dim' }, '0') : rollout.failed.toLocaleString('en'),
    formatBytes(rollout.size),
    formatLabels(rollout.selector) || h('span', { class: 'dim' }, 'every host'),
    h(
      'time',
      { datetime: rollout.createdAt ?? '', title: rollout.createdAt ?? '' },
      formatAge(rollout.createdAt),
    ),
  ];
}
