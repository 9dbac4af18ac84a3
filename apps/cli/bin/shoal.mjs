#!/usr/bin/env node
// Types are stripped by Node itself: say so on a Node that cannot, before it stumbles over the first of them.
if (Number.parseInt(process.versions.node, 10) < 24) {
  process.stderr.write(
    `error: shoal needs Node 24 or newer, this is ${process.version}\n  do    In a checkout: npm run shoal -- <command>\n`,
  );
  process.exit(1);
}

await import('./small-memory.mjs');
const { run } = await import('../src/main.ts');
await run();
