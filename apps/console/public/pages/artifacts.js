import { listArtifacts } from '../api.js';
import { h } from '../dom.js';
import { formatAge, formatBytes, formatLabels } from '../format.js';
import { emptyState, heading, pager, short, table } from '../parts.js';
import { keepShowing } from '../refresh.js';
import { hashOf } from '../route.js';

/**
 * @import { ArtifactJson } from '@shoal/contracts'
 * @import { Page } from '../route.js'
 */

const COLUMNS = [
  { title: 'Artifact' },
  { title: 'Size', number: true },
  { title: 'Files', number: true },
  { title: 'Copies', number: true },
  { title: 'Format' },
  { title: 'Content digest' },
  { title: 'Labels' },
  { title: 'Published' },
];

/**
 * All artifacts, newest first.
 * @param {Page} page
 */
export function showArtifacts(page) {
  const { root, route } = page;
  const { namespace } = route;
  const pageToken = route.query.get('page') ?? '';
  root.append(heading('Artifacts'));
  keepShowing(
    page,
    (signal) => listArtifacts(namespace, { pageToken }, signal),
    ({ artifacts, nextPageToken }) =>
      artifacts.length === 0
        ? emptyState(
            'Nothing has been published here',
            'A build is pushed once and never changes. Push one from the command line:',
            'shoal push ./dist --name web --version 1.4.2',
          )
        : h(
            'div',
            {},
            table(
              'Artifacts, newest first',
              COLUMNS,
              artifacts.map((artifact) => rowOf(namespace, artifact)),
            ),
            pager(hashOf(namespace, 'artifacts'), pageToken, nextPageToken),
          ),
  );
}

/**
 * @param {string} namespace
 * @param {ArtifactJson} artifact
 */
function rowOf(namespace, artifact) {
  const { name, version } = artifact;
  return [
    h('a', { href: hashOf(namespace, 'artifacts', name, version) }, `${name}@${version}`),
    formatBytes(artifact.size),
    artifact.files.toLocaleString('en'),
    artifact.copies.toLocaleString('en'),
    artifact.format,
    short(artifact.contentDigest),
    formatLabels(artifact.labels) || h('span', { class: 'dim' }, '–'),
    h(
      'time',
      { datetime: artifact.publishedAt ?? '', title: artifact.publishedAt ?? '' },
      formatAge(artifact.publishedAt),
    ),
  ];
}
