import { listHosts } from '../api.js';
import { h } from '../dom.js';
import { formatAge, formatBytes, formatLabels } from '../format.js';
import { badge, emptyState, heading, pager, table } from '../parts.js';
import { keepShowing } from '../refresh.js';
import { hashOf } from '../route.js';

/**
 * @import { HostJson } from '@shoal/contracts'
 * @import { Page } from '../route.js'
 */

const COLUMNS = [
  { title: 'Host' },
  { title: 'Role' },
  { title: 'State' },
  { title: 'Zone' },
  { title: 'Rack' },
  { title: 'Has' },
  { title: 'Free', number: true },
  { title: 'Software' },
  { title: 'Labels' },
  { title: 'Last seen' },
];

/**
 * All agents and seeders.
 * @param {Page} page
 */
export function showHosts(page) {
  const { root, route } = page;
  const { namespace } = route;
  const pageToken = route.query.get('page') ?? '';
  root.append(heading('Hosts'));
  keepShowing(
    page,
    (signal) => listHosts(namespace, { pageToken }, signal),
    ({ hosts, nextPageToken }) =>
      hosts.length === 0
        ? emptyState(
            'No host has said hello',
            'An agent runs on every host that is to receive builds. Start one there:',
            'shoal agent --catalog catalog.example:7400',
          )
        : h(
            'div',
            {},
            table('Agents and seeders, by name', COLUMNS, hosts.map(rowOf)),
            pager(hashOf(namespace, 'hosts'), pageToken, nextPageToken),
          ),
  );
}

/** @param {HostJson} host */
function rowOf(host) {
  const none = () => h('span', { class: 'dim' }, '–');
  const names = host.applied.map(({ name }) => name);
  return [
    host.id,
    host.role,
    badge(host.alive ? 'alive' : 'silent'),
    host.zone || none(),
    host.rack || none(),
    names.length === 0 ? none() : h('span', { title: names.join(', ') }, summaryOf(names)),
    formatBytes(host.freeBytes),
    host.softwareVersion || none(),
    formatLabels(host.labels) || none(),
    h('time', { datetime: host.lastSeenAt ?? '', title: host.lastSeenAt ?? '' }, formatAge(host.lastSeenAt)),
  ];
}

/** @param {readonly string[]} names */
function summaryOf(names) {
  return names.length <= 3
    ? names.join(', ')
    : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;
}
