import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from '../run-command.ts';
import type { KubernetesObject } from './kustomize.ts';

/** Below the root, where the types of kubernetes-models are found. */
const FOLDER = join(ROOT, '.cache', 'manifests');

const OPTIONS: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  noEmit: true,
  skipLibCheck: true,
  strict: true,
  target: ts.ScriptTarget.ES2024,
  types: [],
};

/**
 * Wrong types and unknown fields of objects, at any depth, as TypeScript sees them: each object becomes a literal of
 * its type in kubernetes-models, whose own `validate()` lets unknown fields pass.
 */
export function typeProblems(objects: readonly KubernetesObject[]): string[] {
  const file = join(FOLDER, `${process.pid}.ts`);
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(file, objects.map(declaration).join('\n'));
  try {
    return ts
      .getPreEmitDiagnostics(ts.createProgram([file], OPTIONS))
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
  } finally {
    rmSync(file);
  }
}

function declaration(object: KubernetesObject, index: number): string {
  const module = `kubernetes-models/${object.apiVersion}`;
  return `export const object${index}: import('${module}').I${object.kind} = ${JSON.stringify(object)};`;
}
