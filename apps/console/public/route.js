/**
 * Where the console is: `#/<namespace>/<page>/<args…>?<query>`. All of it is in the fragment, so that one file serves
 * every page and a link can be sent to a colleague.
 * @typedef {object} Route
 * @property {string} namespace
 * @property {string} page
 * @property {readonly string[]} args
 * @property {URLSearchParams} query
 */

/**
 * What a page is given: where to draw, what it is asked for, and a signal that fires when it is left.
 * @typedef {object} Page
 * @property {HTMLElement} root
 * @property {Route} route
 * @property {AbortSignal} signal
 */

/**
 * @param {string} hash
 * @returns {Route}
 */
export function parseRoute(hash) {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const [namespace = '', page = '', ...args] = path.split('/').map(decode);
  return {
    namespace: namespace || 'default',
    page: page || 'rollouts',
    args,
    query: new URLSearchParams(query),
  };
}

/** @param {string} segment */
function decode(segment) {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/**
 * @param {string} namespace
 * @param {...string} path
 */
export function hashOf(namespace, ...path) {
  return `#/${[namespace, ...path].map(encodeURIComponent).join('/')}`;
}
