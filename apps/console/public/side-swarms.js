import { torrentUrl } from './api.js';
import { h } from './dom.js';
import { formatBytes } from './format.js';
import { badge, short, table } from './parts.js';

/** @import { ArtifactJson, SwarmJson } from '@shoal/contracts' */

const COLUMNS = [
  { title: 'Format' },
  { title: 'Pieces', number: true },
  { title: 'Peers' },
  { title: 'State' },
  { title: 'Kept until' },
  { title: 'Info-hash' },
  { title: 'For clients' },
];

/**
 * The swarms that were made of an artifact for stock clients, beside the main one that hosts join; how to get one where there
 * is none.
 * @param {ArtifactJson} artifact
 * @param {readonly SwarmJson[]} swarms
 */
export function sideSwarms(artifact, swarms) {
  const sides = swarms.filter(({ main }) => !main);
  const rows = sides.map((swarm) => rowOf(artifact, swarm));
  return [
    h('h2', {}, 'Swarms for stock clients'),
    sides.length === 0 ? how(artifact) : table('Swarms for stock clients', COLUMNS, rows),
  ];
}

/** @param {ArtifactJson} artifact */
function how({ name, version }) {
  return h(
    'div',
    {},
    h('p', { class: 'dim' }, 'None. One is made on demand, for example for clients that know v1 alone:'),
    h('pre', {}, h('code', {}, `shoal torrent export ${name}@${version} --format v1`)),
  );
}

/**
 * @param {ArtifactJson} artifact
 * @param {SwarmJson} swarm
 */
function rowOf(artifact, swarm) {
  const { format, pieces, pieceLength, state, errorCode, expiresAt } = swarm;
  const none = h('span', { class: 'dim' }, '–');
  const isReady = state === 'ready';
  return [
    format,
    isReady
      ? `${pieces.toLocaleString('en')} of ${formatBytes(pieceLength)}`
      : `of ${formatBytes(pieceLength)}`,
    swarm.private ? 'private' : 'public',
    errorCode === null ? badge(state) : [badge(state), ' ', h('code', {}, errorCode)],
    expiresAt === null ? none : h('time', { datetime: expiresAt }, expiresAt.slice(0, 10)),
    short(swarm.infoHashV1 ?? swarm.infoHashV2),
    isReady ? h('a', { href: torrentUrl(artifact, swarm) }, '.torrent') : none,
  ];
}
