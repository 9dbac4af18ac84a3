import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MemberRole } from '@shoal/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Platform } from './support/platform.ts';
import { push } from './support/push.ts';
import { rollOut, waitForMembers } from './support/rollout.ts';
import { writeSampleTree } from './support/sample-tree.ts';

const DASHBOARD = new URL('../../deploy/grafana/shoal.json', import.meta.url);

/** What the tests need of a dashboard (https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/). */
interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
  }[];
}

describe('deploy/grafana/shoal.json', () => {
  const platform = new Platform();
  let dashboard: Dashboard;
  /** By metric: every label that a running service gives it. */
  const exported = new Map<string, Set<string>>();

  beforeAll(async () => {
    dashboard = JSON.parse(await readFile(DASHBOARD, 'utf8')) as Dashboard;
    await platform.start();
    const seeder = await platform.run(platform.seeder());
    const agent = await platform.run(platform.agent('host-1'));
    await waitForMembers(platform, MemberRole.MEMBER_ROLE_AGENT, 1);
    const root = join(platform.directory, 'build');
    await writeSampleTree(root, 100_000);
    await push(platform, { root, name: 'web', version: '1' });
    await rollOut(platform, 'web', '1');
    const tracker = `http://${platform.address('tracker http')}`;
    await fetch(
      `${tracker}/no-grant/announce?info_hash=${'a'.repeat(20)}&peer_id=${'b'.repeat(20)}&port=1&left=0`,
    );
    for (const base of [platform.catalogUrl, tracker, `http://${seeder.http}`, `http://${agent.http}`]) {
      await fetch(`${base}/healthz`);
      collect(await (await fetch(`${base}/metrics`)).text());
    }
  });
  afterAll(() => platform.stop());

  /** Takes note of the series in an answer in the Prometheus text format. */
  function collect(text: string): void {
    for (const [, name = '', labels = ''] of text.matchAll(/^([a-z_]+)(?:\{(.*)\})? /gm)) {
      const known = exported.get(name) ?? new Set();
      for (const [, label = ''] of labels.matchAll(/([a-z_]+)="/g)) known.add(label);
      exported.set(name, known);
    }
  }

  const queries = () =>
    dashboard.panels.flatMap(({ title, targets = [] }) => targets.map((target) => ({ title, ...target })));

  it('names only metrics that running services export', () => {
    const named = queries().flatMap(({ title, expr }) =>
      metricsIn(expr).map((metric) => ({ title, metric })),
    );
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter(({ metric }) => !exported.has(metric))).toEqual([]);
  });

  it('names only labels that these metrics have', () => {
    const wrong = queries().flatMap(({ title, expr, legendFormat }) => {
      const has = new Set(metricsIn(expr).flatMap((metric) => [...(exported.get(metric) ?? [])]));
      return [...labelsIn(expr), ...placeholdersIn(legendFormat)]
        .filter((label) => !has.has(label))
        .map((label) => ({ title, label }));
    });
    expect(wrong).toEqual([]);
  });

  it('shows every metric of its own that a service exports', () => {
    const shown = new Set(queries().flatMap(({ expr }) => metricsIn(expr)));
    const own = [...exported.keys()].filter((name) => name.startsWith('shoal_')).map(withoutSuffix);
    expect([...new Set(own)].filter((name) => ![...shown].map(withoutSuffix).includes(name))).toEqual([]);
  });

  it('gives each panel an id of its own', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

/** The metrics in a PromQL expression: its identifiers that are neither functions, nor keywords, nor labels. */
function metricsIn(expr: string): string[] {
  const bare = expr
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, '')
    .replaceAll(/\b(?:by|without|on|ignoring) *\([^)]*\)/g, '');
  return [...bare.matchAll(/\b[a-z][a-z0-9]*_[a-z0-9_]+\b(?! *\()/g)].map(([name]) => name);
}

/** The labels that an expression groups or selects by. */
function labelsIn(expr: string): string[] {
  const groups = [...expr.matchAll(/\bby *\(([^)]*)\)/g)].flatMap(([, list = '']) =>
    list.split(',').map((label) => label.trim()),
  );
  const selected = [...expr.matchAll(/([a-z_]+)!?=~?"/g)].map(([, label = '']) => label);
  return [...groups, ...selected];
}

function placeholdersIn(legend: string): string[] {
  return [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
}

function withoutSuffix(metric: string): string {
  return metric.replace(/_(?:bucket|count|sum|total)$/, '');
}
