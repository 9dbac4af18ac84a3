/**
 * The catalog's read-only JSON API (docs/ARCHITECTURE.md). Its shapes are those of `shoal --json`.
 * @import { ArtifactJson, HostJson, RolloutJson, SwarmJson, TargetJson } from '@shoal/contracts'
 */

/** Milliseconds a request may take. */
const DEADLINE_MS = 15_000;

/** A failure with what to do about it, as the catalog tells it. */
export class ApiError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {string} remedy
   */
  constructor(code, message, remedy) {
    super(message);
    this.code = code;
    this.remedy = remedy;
  }
}

/** @typedef {Readonly<Record<string, string>>} Query */

/**
 * @param {string} namespace
 * @param {readonly string[]} path
 * @param {Query} [query]
 */
function urlOf(namespace, path, query = {}) {
  const segments = [namespace, ...path].map(encodeURIComponent).join('/');
  const given = Object.entries(query).filter(([, value]) => value !== '');
  return `/api/v1/${segments}?${new URLSearchParams(given).toString()}`;
}

/**
 * @param {string} url
 * @param {AbortSignal} signal
 * @returns {Promise<unknown>}
 */
async function getJson(url, signal) {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]);
  const response = await fetch(url, { signal: bounded }).catch((/** @type {unknown} */ error) => {
    signal.throwIfAborted();
    throw new ApiError(
      '',
      `The catalog does not answer: ${String(error)}`,
      'Check that it runs; this page tries again.',
    );
  });
  /** @type {unknown} */
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  const {
    code = '',
    message = response.statusText,
    remedy = '',
  } = /** @type {{ code?: string, message?: string, remedy?: string }} */ (answer);
  throw new ApiError(code, message, remedy);
}

/**
 * @param {string} namespace
 * @param {Query} query `name`, `pageToken`
 * @param {AbortSignal} signal
 */
export async function listArtifacts(namespace, query, signal) {
  const answer = await getJson(urlOf(namespace, ['artifacts'], query), signal);
  return /** @type {{ artifacts: ArtifactJson[], nextPageToken: string }} */ (answer);
}

/**
 * @param {string} namespace
 * @param {string} name
 * @param {string} version
 * @param {AbortSignal} signal
 */
export async function getArtifact(namespace, name, version, signal) {
  const answer = await getJson(urlOf(namespace, ['artifacts', name, version]), signal);
  return /** @type {{ artifact: ArtifactJson }} */ (answer).artifact;
}

/**
 * The swarms of an artifact: the main one, and those made for stock clients.
 * @param {string} namespace
 * @param {string} name
 * @param {string} version
 * @param {AbortSignal} signal
 */
export async function listSwarms(namespace, name, version, signal) {
  const answer = await getJson(urlOf(namespace, ['artifacts', name, version, 'swarms']), signal);
  return /** @type {{ swarms: SwarmJson[] }} */ (answer).swarms;
}

/**
 * @param {string} namespace
 * @param {Query} query `name`, `pageToken`, `pageSize`
 * @param {AbortSignal} signal
 */
export async function listRollouts(namespace, query, signal) {
  const answer = await getJson(urlOf(namespace, ['rollouts'], query), signal);
  return /** @type {{ rollouts: RolloutJson[], nextPageToken: string }} */ (answer);
}

/**
 * @param {string} namespace
 * @param {Query} query `pageToken`
 * @param {AbortSignal} signal
 */
export async function listHosts(namespace, query, signal) {
  const answer = await getJson(urlOf(namespace, ['hosts'], query), signal);
  return /** @type {{ hosts: HostJson[], nextPageToken: string }} */ (answer);
}

/** @typedef {{ readonly rollout: RolloutJson, readonly targets: readonly TargetJson[] }} RolloutUpdate */

/**
 * Follows a rollout until it is decided; the browser connects again by itself when the connection breaks, and after an
 * error nobody does.
 * @param {string} namespace
 * @param {string} rolloutId
 * @param {AbortSignal} signal
 * @param {{ onUpdate: (update: RolloutUpdate) => void, onConnection: (connected: boolean) => void, onError: (error: unknown) => void, onEnd: () => void }} listener
 */
export function watchRollout(namespace, rolloutId, signal, listener) {
  const source = new EventSource(urlOf(namespace, ['rollouts', rolloutId, 'watch']));
  signal.addEventListener('abort', () => source.close(), { once: true });
  source.addEventListener('open', () => listener.onConnection(true));
  source.addEventListener('update', (/** @type {MessageEvent<string>} */ { data }) => {
    /** @type {unknown} */
    const update = JSON.parse(data);
    listener.onUpdate(/** @type {RolloutUpdate} */ (update));
  });
  source.addEventListener('end', () => {
    source.close();
    listener.onEnd();
  });
  source.addEventListener('error', () => {
    if (source.readyState !== EventSource.CLOSED) listener.onConnection(false);
    else void refusal(namespace, rolloutId, signal).then((error) => listener.onError(error));
  });
}

/**
 * Why a watch was refused: event sources do not say.
 * @param {string} namespace
 * @param {string} rolloutId
 * @param {AbortSignal} signal
 * @returns {Promise<unknown>}
 */
async function refusal(namespace, rolloutId, signal) {
  try {
    await getJson(urlOf(namespace, ['rollouts', rolloutId], { pageSize: '1' }), signal);
    return new ApiError('', 'The watch of this rollout was refused.', 'This page tries again.');
  } catch (error) {
    return error;
  }
}

/**
 * Where an artifact's `.torrent` file is, that of the main swarm unless another is named.
 * @param {ArtifactJson} artifact
 * @param {SwarmJson} [swarm]
 */
export function torrentUrl({ namespace, name, version }, swarm) {
  const path = [namespace, 'artifacts', name, `${version}.torrent`].map(encodeURIComponent).join('/');
  if (swarm === undefined) return `/v1/${path}`;
  const { format, pieceLength, private: isPrivate } = swarm;
  const query = { format, 'piece-length': String(pieceLength), public: String(!isPrivate) };
  return `/v1/${path}?${new URLSearchParams(query).toString()}`;
}
