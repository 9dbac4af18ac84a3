// Forked by node-process.ts: with the memory settings of the services, since its memory is measured.
await import('../../apps/cli/bin/small-memory.mjs');
await import('./node.ts');
