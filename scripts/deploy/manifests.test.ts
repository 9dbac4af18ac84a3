import { beforeAll, describe, expect, it } from 'vitest';
import { isAvailable } from '../../libs/testing/src/servers/resources.ts';
import { build, type KubernetesObject, type KustomizationName } from './kustomize.ts';
import { variableName } from '../../libs/service/src/index.ts';
import { envPrefix, serviceOptions } from '../service-options.ts';
import { typeProblems } from './unknown-fields.ts';

describe
  .skipIf(!isAvailable('kubectl'))
  .each<KustomizationName>(['base', 'overlays/dev', 'overlays/production'])('deploy/k8s/%s', (name) => {
  let objects: KubernetesObject[];
  beforeAll(async () => {
    objects = await build(name);
  });

  it('has every service', () => {
    const workloads = objects.filter((object) => 'template' in Object(object['spec']));
    expect(workloads.map(({ kind, metadata }) => `${kind}/${metadata.name}`).sort()).toEqual([
      'DaemonSet/agent',
      'Deployment/catalog',
      'Deployment/tracker',
      'StatefulSet/nats',
      'StatefulSet/postgres',
      'StatefulSet/seeder',
    ]);
  });

  it('sets only options that the services have, and all that they require', () => {
    const given = new Set(JSON.stringify(objects).match(/SHOAL_[A-Z]+_[A-Z_]+/g));
    for (const [service, options] of Object.entries(serviceOptions)) {
      const prefix = envPrefix(service);
      const entries = Object.entries(options);
      const names = entries.map(([key]) => variableName(prefix, key));
      expect([...given].filter((name) => name.startsWith(prefix) && !names.includes(name))).toEqual([]);
      for (const [key, { required }] of entries) {
        if (required === true) expect(given).toContain(variableName(prefix, key));
      }
    }
  });

  it('has no unknown field and no value of the wrong type', () => {
    expect(typeProblems(objects)).toEqual([]);
  });

  it('has only values that Kubernetes accepts', async () => {
    for (const object of objects) {
      const name = `kubernetes-models/${object.apiVersion}`;
      const models = (await import(/* @vite-ignore */ name)) as Record<string, Model>;
      const Model = models[object.kind];
      if (Model === undefined) throw new Error(`there is no ${object.apiVersion} ${object.kind}`);
      new Model(object).validate();
    }
  });
});

type Model = new (json: object) => { validate(): void };

it.each([
  ['an unknown field', { name: 'probe', livenesProbe: {} }, `'"livenesProbe"' does not exist`],
  ['a wrong type', { name: 'probe', image: 7 }, "'number' is not assignable to type 'string'"],
])('%s is found at any depth', (_what, container, problem) => {
  const probe = (containers: object[]): KubernetesObject => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'probe' },
    spec: { selector: {}, template: { spec: { containers } } },
  });
  expect(typeProblems([probe([{ name: 'probe' }])])).toEqual([]);
  expect(typeProblems([probe([container])]).join('\n')).toContain(problem);
});
