import { clientCommand } from '../client/client-command.ts';
import { ExitCode } from '../exit-codes.ts';
import { wantedSwarm, wantedSwarmOptions } from '../swarm/wanted-swarm.ts';

export const swarmRmCommand = clientCommand({
  name: 'rm',
  description:
    'Remove a swarm that was made for stock clients: seeders leave it. The artifact and its main swarm stay. Without this, it is removed when the .torrent file exported last has run out.',
  arguments: [{ name: '<artifact>', description: 'name@version, or a name for the version published last' }],
  examples: [{ command: 'shoal swarm rm web@1.4.2 --format v1', does: 'the one that `torrent export` made' }],
  options: wantedSwarmOptions,
  async run({ args: [reference = ''], options: given, client, environment: { terminal } }) {
    const wanted = wantedSwarm(client.namespace, reference, given);
    const { deleted } = await client.swarms.deleteSwarm({ wanted });
    if (given.json) terminal.out(JSON.stringify({ deleted }));
    else terminal.out(deleted ? 'removed' : 'no such swarm was made for stock clients');
    return deleted ? ExitCode.ok : ExitCode.notFound;
  },
});
