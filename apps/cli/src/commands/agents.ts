import { type Host, hostJson, roleWord } from '@shoal/contracts';
import { defineOptions } from '@shoal/service';
import { clientCommand } from '../client/client-command.ts';
import { ExitCode } from '../exit-codes.ts';
import { formatAge, formatBytes, formatLabels, plural } from '../output/format.ts';
import { tableLines } from '../output/table.ts';
import type { Style } from '../output/terminal.ts';

const PAGE_SIZE = 1000;

export const agentsCommand = clientCommand({
  name: 'agents',
  description:
    'List hosts and seeders: alive or not, zone, version, free space, and what is damaged on their disks.',
  examples: [
    { command: 'shoal agents', does: 'everyone' },
    {
      command: 'shoal agents --select zone=eu-1,role=web',
      does: 'hosts that a rollout with this selector reaches',
    },
  ],
  options: defineOptions({
    select: { type: 'labels', default: {}, description: 'Only members that carry all of these labels.' },
  }),
  async run({ options, client, environment: { terminal } }) {
    const hosts: Host[] = [];
    let pageToken = '';
    do {
      const page = await client.fleet.listHosts({
        namespace: client.namespace,
        selector: options.select,
        pageSize: PAGE_SIZE,
        pageToken,
      });
      hosts.push(...page.hosts);
      pageToken = page.nextPageToken;
    } while (pageToken !== '');

    if (options.json) for (const host of hosts) terminal.out(JSON.stringify(hostJson(host)));
    else if (hosts.length === 0) terminal.note('No agents have said hello. Start one: shoal agent --help');
    else {
      for (const line of hostLines(hosts, new Date(), terminal.style)) terminal.out(line);
      for (const line of hosts.flatMap(damageLines)) terminal.out(line);
    }
    return ExitCode.ok;
  },
});

function hostLines(hosts: readonly Host[], now: Date, style: Style): string[] {
  return tableLines(
    [
      { title: 'HOST' },
      { title: 'ROLE' },
      { title: 'STATE' },
      { title: 'SEEN' },
      { title: 'ZONE' },
      { title: 'FREE', align: 'right' },
      { title: 'VERSION' },
      { title: 'LABELS' },
    ],
    hosts.map((host) => [
      host.hostId,
      roleWord(host.role),
      stateOf(host, style),
      formatAge(host.lastSeenAt, now),
      host.zone === '' ? '-' : host.zone,
      formatBytes(host.freeBytes),
      host.software?.version ?? '-',
      formatLabels(host.labels),
    ]),
    style.bold,
  );
}

function stateOf({ alive, scrub }: Host, style: Style): string {
  if (!alive) return style.bad('lost');
  return (scrub?.damagedArtifacts ?? 0) > 0 ? style.bad('damaged') : style.good('alive');
}

/** What is damaged on a host, a line for each artifact that it named. */
function damageLines({ hostId, scrub }: Host): string[] {
  return (scrub?.damaged ?? []).map(({ name, version, files, errorMessage }) => {
    const why = errorMessage === '' ? 'being repaired' : errorMessage;
    return `${hostId}: ${name}@${version} has ${plural(files, 'damaged file')}: ${why}`;
  });
}
