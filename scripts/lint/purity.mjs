/**
 * What libraries, and the pure ones among them, may not touch (docs/ARCHITECTURE.md).
 * Configuration, loggers and clocks are handed in, so that several services can share a process; the pure packages
 * run the same on sockets and on the simulator's virtual clock.
 */
import { builtinModules } from 'node:module';
import { deepImports } from './boundaries.mjs';

const PURE = 'Pure packages take time, randomness and I/O as arguments or events.';
const LIBRARY = 'Libraries read no environment, take no signals and print nothing: services hand these in.';

const IMPURE_GLOBALS = [
  'Date',
  'console',
  'crypto',
  'fetch',
  'performance',
  'process',
  'queueMicrotask',
  'setImmediate',
  'setInterval',
  'setTimeout',
  'WebSocket',
  'Worker',
];

/** Rules of every library but `libs/testing`. */
export const library = {
  'no-console': 'error',
  'no-restricted-properties': [
    'error',
    ...['env', 'argv', 'on', 'once', 'exit', 'stdout', 'stderr', 'stdin'].map((property) => ({
      object: 'process',
      property,
      message: LIBRARY,
    })),
  ],
};

const builtins = builtinModules.filter((name) => !name.startsWith('_')).join('|');

/** Rules of `protocol`, `swarm` and `simulator`. */
export const pure = {
  'no-restricted-globals': ['error', ...IMPURE_GLOBALS.map((name) => ({ name, message: PURE }))],
  'no-restricted-properties': [
    'error',
    { object: 'Math', property: 'random', message: PURE },
    ...['Date', 'process', 'setTimeout', 'setInterval', 'performance', 'crypto', 'fetch'].map((property) => ({
      object: 'globalThis',
      property,
      message: PURE,
    })),
  ],
  'no-restricted-imports': [
    'error',
    {
      paths: [
        {
          name: 'node:crypto',
          allowImportNames: ['createHash', 'hash', 'Hash'],
          message: 'Only the digest functions of node:crypto are pure.',
        },
      ],
      patterns: [deepImports, { regex: `^(node:(?!crypto$)|(${builtins})(/|$))`, message: PURE }],
    },
  ],
};
