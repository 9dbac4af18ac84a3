import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { ROOT, runCommand } from '../run-command.ts';

/** A Kubernetes object as kustomize prints it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

interface Kustomization {
  readonly resources: readonly string[];
  readonly patches?: readonly { readonly path: string }[];
  readonly [field: string]: unknown;
}

const KUSTOMIZATIONS = ['base', 'overlays/dev', 'overlays/production'] as const;

/** A folder of deploy/k8s that kustomize can build. */
export type KustomizationName = (typeof KUSTOMIZATIONS)[number];

const DEADLINE = 30_000;

/**
 * Builds a folder of deploy/k8s with kubectl.
 * Debian 12's kubectl carries kustomize 2, which has older names for two fields: there a translated copy is built.
 * @throws Error with kubectl's output when it refuses.
 */
export async function build(name: KustomizationName): Promise<KubernetesObject[]> {
  const copy = await mkdtemp(join(tmpdir(), 'shoal-k8s-'));
  try {
    await cp(join(ROOT, 'deploy/k8s'), copy, { recursive: true });
    if (await hasKustomize2())
      await Promise.all(KUSTOMIZATIONS.map((folder) => translate(join(copy, folder))));
    const output = await kubectl('kustomize', join(copy, name));
    return parseAllDocuments(output).map((document) => document.toJS() as KubernetesObject);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

async function hasKustomize2(): Promise<boolean> {
  const { clientVersion } = parse(await kubectl('version', '--client', '--output=yaml')) as {
    readonly clientVersion: { readonly minor: string };
  };
  return Number.parseInt(clientVersion.minor, 10) < 21;
}

async function translate(folder: string): Promise<void> {
  const file = join(folder, 'kustomization.yaml');
  const { resources, patches = [], ...rest } = parse(await readFile(file, 'utf8')) as Kustomization;
  const older = {
    ...rest,
    bases: resources.filter((resource) => !resource.endsWith('.yaml')),
    resources: resources.filter((resource) => resource.endsWith('.yaml')),
    patchesStrategicMerge: patches.map(({ path }) => path),
  };
  await writeFile(file, stringify(older));
}

async function kubectl(...args: string[]): Promise<string> {
  const { code, output } = await runCommand({ program: 'kubectl', args, deadline: DEADLINE });
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')} failed:\n${output}`);
  return output;
}
