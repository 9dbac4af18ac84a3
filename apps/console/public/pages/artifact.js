import { getArtifact, listSwarms, torrentUrl } from '../api.js';
import { h } from '../dom.js';
import { formatAge, formatBytes, formatLabels } from '../format.js';
import { facts, heading } from '../parts.js';
import { keepShowing } from '../refresh.js';
import { hashOf } from '../route.js';
import { sideSwarms } from '../side-swarms.js';

/**
 * @import { ArtifactJson, SwarmJson } from '@shoal/contracts'
 * @import { Page } from '../route.js'
 */

/**
 * One version of an artifact, and the swarms that distribute it.
 * @param {Page} page
 */
export function showArtifact(page) {
  const { root, route } = page;
  const [name = '', version = ''] = route.args;
  root.append(heading(`${name}@${version}`));
  keepShowing(
    page,
    (signal) =>
      Promise.all([
        getArtifact(route.namespace, name, version, signal),
        listSwarms(route.namespace, name, version, signal),
      ]),
    ([artifact, swarms]) => view(artifact, swarms),
  );
}

/**
 * @param {ArtifactJson} artifact
 * @param {readonly SwarmJson[]} swarms
 */
function view(artifact, swarms) {
  const { namespace, name, version } = artifact;
  const code = (/** @type {string | null} */ text) =>
    text === null ? h('span', { class: 'dim' }, '–') : h('code', { class: 'whole' }, text);
  return h(
    'div',
    {},
    facts([
      ['Size', `${formatBytes(artifact.size)} in ${artifact.files.toLocaleString('en')} files`],
      ['Published', `${formatAge(artifact.publishedAt)} by ${artifact.principal}`],
      ['Durable copies', artifact.copies.toLocaleString('en')],
      ['Labels', formatLabels(artifact.labels) || h('span', { class: 'dim' }, 'none')],
      ['Content digest', code(artifact.contentDigest)],
    ]),
    h('h2', {}, 'Swarm'),
    facts([
      ['Format', artifact.format],
      ['Pieces', `${artifact.pieces.toLocaleString('en')} of ${formatBytes(artifact.pieceLength)}`],
      ['Info-hash v1', code(artifact.infoHashV1)],
      ['Info-hash v2', code(artifact.infoHashV2)],
    ]),
    h(
      'p',
      { class: 'actions' },
      h('a', { href: torrentUrl(artifact), class: 'button' }, 'Download .torrent'),
      h(
        'a',
        { href: `${hashOf(namespace, 'rollouts')}?name=${encodeURIComponent(name)}` },
        `Rollouts of ${name}`,
      ),
    ),
    ...sideSwarms(artifact, swarms),
    h('h2', {}, 'Roll it out'),
    h('pre', {}, h('code', {}, `shoal rollout create ${name}@${version} --watch`)),
  );
}
