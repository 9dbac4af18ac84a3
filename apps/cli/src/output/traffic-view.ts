import type { HeldArtifact, Traffic } from '@shoal/contracts';
import { fieldLines } from './fields.ts';
import { formatBytes, formatDuration } from './format.ts';
import { tableLines } from './table.ts';
import type { Style } from './terminal.ts';

/** An artifact on a host, with its books. */
export type HeldTraffic = HeldArtifact & { readonly lifetime: Traffic };

/** A line for each artifact, and one for `all` since the agent started. */
export function trafficLines(held: readonly HeldTraffic[], all: Traffic, style: Style): string[] {
  return tableLines(
    [
      { title: 'ARTIFACT' },
      { title: 'FROM SEEDERS', align: 'right' },
      { title: 'FROM PEERS', align: 'right' },
      { title: 'FROM WEB SEEDS', align: 'right' },
      { title: 'REUSED', align: 'right' },
      { title: 'WASTED', align: 'right' },
      { title: 'UPLOADED', align: 'right' },
      { title: 'RATIO', align: 'right' },
      { title: 'SEEDED', align: 'right' },
    ],
    [
      ...held.map((one) => [
        `${one.name}@${one.version}`,
        ...cells(one.lifetime),
        formatDuration(Number(one.seedMillis)),
      ]),
      ['all, since the agent started', ...cells(all), '-'],
    ],
    style.bold,
  );
}

/** What is known of one artifact. */
export function classLines(held: HeldTraffic, style: Style): string[] {
  const { lifetime } = held;
  const classes = tableLines(
    [{ title: 'CLASS' }, { title: 'DOWNLOADED', align: 'right' }, { title: 'UPLOADED', align: 'right' }],
    lifetime.classes.map(({ peerClass, downloaded, uploaded }) => [
      peerClass,
      formatBytes(downloaded),
      formatBytes(uploaded),
    ]),
    style.bold,
  );
  const fields = fieldLines(
    [
      ['Reused', formatBytes(lifetime.reused)],
      ['Wasted', `${formatBytes(wastedOf(lifetime))}: ${reasons(lifetime)}`],
      [
        'Overhead',
        `${formatBytes(lifetime.overheadDownloaded)} in, ${formatBytes(lifetime.overheadUploaded)} out`,
      ],
      ['Ratio', ratioText(lifetime)],
      ['Seeded', formatDuration(Number(held.seedMillis))],
    ],
    style,
  );
  return [style.accent(`${held.name}@${held.version}`), ...classes, ...fields];
}

function cells(traffic: Traffic): string[] {
  const of = (wanted: string): bigint => downloadedOf(traffic, (name) => name === wanted);
  return [
    formatBytes(of('seeder')),
    formatBytes(downloadedOf(traffic, (name) => name !== 'seeder' && name !== 'origin')),
    formatBytes(of('origin')),
    formatBytes(traffic.reused),
    formatBytes(wastedOf(traffic)),
    formatBytes(uploadedOf(traffic)),
    ratioText(traffic),
  ];
}

function downloadedOf({ classes }: Traffic, isOf: (name: string) => boolean): bigint {
  return classes.reduce((sum, { peerClass, downloaded }) => (isOf(peerClass) ? sum + downloaded : sum), 0n);
}

function uploadedOf({ classes }: Traffic): bigint {
  return classes.reduce((sum, { uploaded }) => sum + uploaded, 0n);
}

function wastedOf({ wastedDuplicate, wastedUnwanted, wastedFailed, wastedLost }: Traffic): bigint {
  return wastedDuplicate + wastedUnwanted + wastedFailed + wastedLost;
}

function reasons({ wastedDuplicate, wastedUnwanted, wastedFailed, wastedLost }: Traffic): string {
  return [
    `${formatBytes(wastedDuplicate)} duplicate`,
    `${formatBytes(wastedUnwanted)} unwanted`,
    `${formatBytes(wastedFailed)} failed their hash`,
    `${formatBytes(wastedLost)} lost`,
  ].join(', ');
}

/** Two digits; a dash where nothing was received. */
function ratioText(traffic: Traffic): string {
  const useful = downloadedOf(traffic, () => true) - wastedOf(traffic) + traffic.reused;
  return useful > 0n ? (Number(uploadedOf(traffic)) / Number(useful)).toFixed(2) : '-';
}
