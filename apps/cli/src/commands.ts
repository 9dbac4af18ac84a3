import { type CommandEntry, definition } from './command-line/command-table.ts';

/** Every command of `shoal`, in the order of the help. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    group: 'Platform:',
    path: ['up'],
    summary: 'Run the whole platform in one process, and show it at work',
    load: async () => definition((await import('./commands/up.ts')).upCommand),
  },
  {
    group: 'Artifacts:',
    path: ['push'],
    summary: 'Publish a directory or a file as an artifact',
    load: async () => definition((await import('./commands/push.ts')).pushCommand),
  },
  {
    group: 'Artifacts:',
    path: ['ls'],
    summary: 'List published artifacts, newest first',
    load: async () => definition((await import('./commands/ls.ts')).lsCommand),
  },
  {
    group: 'Artifacts:',
    path: ['show'],
    summary: 'Show one artifact: digest, swarm, labels, copies',
    load: async () => definition((await import('./commands/show.ts')).showCommand),
  },
  {
    group: 'Artifacts:',
    path: ['fetch'],
    summary: 'Have the agent on this host fetch an artifact; or fetch any torrent',
    load: async () => definition((await import('./commands/fetch.ts')).fetchCommand),
  },
  {
    group: 'Artifacts:',
    path: ['part', 'ls'],
    summary: 'List the parts of artifacts that the agent on this host has',
    load: async () => definition((await import('./commands/part-ls.ts')).partLsCommand),
  },
  {
    group: 'Artifacts:',
    path: ['part', 'rm'],
    summary: 'Remove the part of an artifact from this host',
    load: async () => definition((await import('./commands/part-rm.ts')).partRmCommand),
  },
  {
    group: 'Artifacts:',
    path: ['scrub'],
    summary: 'Have the agent on this host, or a seeder, verify what it has, and repair it from the swarm',
    load: async () => definition((await import('./commands/scrub.ts')).scrubCommand),
  },
  {
    group: 'Fleet:',
    path: ['rollout', 'create'],
    summary: 'Roll an artifact out to every host that matches',
    load: async () => definition((await import('./commands/rollout-create.ts')).rolloutCreateCommand),
  },
  {
    group: 'Fleet:',
    path: ['rollout', 'watch'],
    summary: 'Follow a rollout until it is over',
    load: async () => definition((await import('./commands/rollout-watch.ts')).rolloutWatchCommand),
  },
  {
    group: 'Fleet:',
    path: ['rollout', 'ls'],
    summary: 'List rollouts, newest first',
    load: async () => definition((await import('./commands/rollout-ls.ts')).rolloutLsCommand),
  },
  {
    group: 'Fleet:',
    path: ['agents'],
    summary: 'List hosts and seeders: alive or not, zone, version, free space',
    load: async () => definition((await import('./commands/agents.ts')).agentsCommand),
  },
  {
    group: 'Fleet:',
    path: ['stats'],
    summary: 'Show what the agent on this host received and sent, by artifact and class of peer',
    load: async () => definition((await import('./commands/stats.ts')).statsCommand),
  },
  {
    group: 'Torrents:',
    path: ['torrent', 'create'],
    summary: 'Make a .torrent file from a directory or a file',
    load: async () => definition((await import('./commands/torrent-create.ts')).torrentCreateCommand),
  },
  {
    group: 'Torrents:',
    path: ['torrent', 'export'],
    summary: 'Write the .torrent file of an artifact for stock clients, v1 or public if need be',
    load: async () => definition((await import('./commands/torrent-export.ts')).torrentExportCommand),
  },
  {
    group: 'Torrents:',
    path: ['torrent', 'show'],
    summary: 'Show what a .torrent file holds',
    load: async () => definition((await import('./commands/torrent-show.ts')).torrentShowCommand),
  },
  {
    group: 'Torrents:',
    path: ['torrent', 'magnet'],
    summary: 'Print the magnet link of a .torrent file',
    load: async () => definition((await import('./commands/torrent-magnet.ts')).torrentMagnetCommand),
  },
  {
    group: 'Torrents:',
    path: ['torrent', 'verify'],
    summary: 'Compare a tree on disk with a .torrent file, content included',
    load: async () => definition((await import('./commands/torrent-verify.ts')).torrentVerifyCommand),
  },
  {
    group: 'Torrents:',
    path: ['swarm', 'ls'],
    summary: 'List the swarms of an artifact: the main one, and those made for stock clients',
    load: async () => definition((await import('./commands/swarm-ls.ts')).swarmLsCommand),
  },
  {
    group: 'Torrents:',
    path: ['swarm', 'rm'],
    summary: 'Remove a swarm that was made for stock clients',
    load: async () => definition((await import('./commands/swarm-rm.ts')).swarmRmCommand),
  },
  {
    group: 'Torrents:',
    path: ['simulate'],
    summary: 'Run the swarm engine with thousands of hosts on a virtual network',
    load: async () => definition((await import('./commands/simulate.ts')).simulateCommand),
  },
  {
    group: 'Services:',
    path: ['catalog'],
    summary: 'Run the catalog: artifacts, uploads, rollouts, the fleet',
    load: async () => definition((await import('./commands/catalog.ts')).catalogCommand),
  },
  {
    group: 'Services:',
    path: ['tracker'],
    summary: 'Run a tracker: who is in which swarm',
    load: async () => definition((await import('./commands/tracker.ts')).trackerCommand),
  },
  {
    group: 'Services:',
    path: ['seeder'],
    summary: 'Run a seeder: takes uploads, serves the first pieces',
    load: async () => definition((await import('./commands/seeder.ts')).seederCommand),
  },
  {
    group: 'Services:',
    path: ['agent'],
    summary: 'Run the agent of this host: fetches, verifies, publishes, activates',
    load: async () => definition((await import('./commands/agent.ts')).agentCommand),
  },
];

/** What commands of two words have in common, by their first word. */
export const COMMAND_FAMILIES: Readonly<Record<string, string>> = {
  part: 'See and remove the parts of artifacts on this host',
  rollout: 'Decide which hosts get which version',
  swarm: 'See and remove the swarms of an artifact',
  torrent: 'Make, read and check .torrent files',
};
