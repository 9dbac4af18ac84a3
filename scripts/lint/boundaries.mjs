/**
 * Who may import whom: the table of docs/ARCHITECTURE.md, as `@nx/enforce-module-boundaries` understands it.
 * The tags are the `nx.tags` of each package.json.
 */
const LIBRARIES = {
  protocol: [],
  swarm: ['protocol'],
  simulator: ['protocol', 'swarm'],
  session: ['protocol', 'swarm'],
  contracts: [],
  database: ['contracts'],
  messaging: ['contracts'],
  service: ['contracts'],
  fleet: ['contracts', 'protocol', 'session', 'service'],
};

const every = Object.keys(LIBRARIES);

const LAYERS = { ...LIBRARIES, testing: every, app: every, cli: [...every, 'app'] };

/**
 * Options of `@nx/enforce-module-boundaries`.
 * Tests may also import `libs/testing`, which itself stands on the packages it has contract suites for: the only
 * cycle between packages, and none between modules.
 */
export function boundaries({ inTests }) {
  const extra = inTests ? ['testing'] : [];
  const layerTags = (layers) => layers.map((layer) => `layer:${layer}`);
  return {
    allow: [],
    enforceBuildableLibDependency: false,
    ignoredCircularDependencies: inTests
      ? [
          ['*', '@shoal/testing'],
          ['@shoal/testing', '*'],
        ]
      : [],
    depConstraints: Object.entries(LAYERS).map(([layer, allowed]) => ({
      sourceTag: `layer:${layer}`,
      onlyDependOnLibsWithTags: layerTags([...allowed, ...extra]),
    })),
  };
}

/** A package is what it exports, its root with one exception; its files are its own business. */
export const deepImports = {
  regex: '^@shoal/(?!protocol/merkle$)[^/]+/',
  message: 'Import the package root: what is not exported there is private to the package.',
};

export const noDeepImports = ['error', { patterns: [deepImports] }];
