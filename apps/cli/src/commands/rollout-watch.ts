import { defineOptions } from '@shoal/service';
import { clientCommand } from '../client/client-command.ts';
import { watchRollout } from '../client/watch-rollout.ts';

export const rolloutWatchCommand = clientCommand({
  name: 'watch',
  description:
    'Follows a rollout until it is decided: no host is on its way any more. Ends with exit code 0 when every host activated the artifact, 6 when one failed (it keeps trying: a later watch may end with 0), 8 when a later rollout took hosts over.',
  arguments: [{ name: '<rollout>', description: 'the id that `rollout create` printed' }],
  examples: [
    { command: 'shoal rollout watch 0199a3…', does: 'bars on a terminal, lines otherwise' },
    { command: 'shoal rollout watch 0199a3… --json', does: 'one JSON document for each change' },
  ],
  options: defineOptions({}),
  run: ({ args: [rolloutId = ''], options, client, environment }) =>
    watchRollout(client, rolloutId, environment, options.json),
});
