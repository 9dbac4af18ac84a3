import { type AppliedDirective, Directive, type HostDirectives } from '@shoal/contracts';
import { createStateFile, digestBytes, type StateFile } from '@shoal/fleet';
import { MAX_DIRECTIVES } from '../constants.ts';
import { type Desired, desiredOf } from './desired.ts';
import { NameReconciler, type ReconcilerComponents } from './name-reconciler.ts';

export interface ReconcilerInit {
  /** File that keeps the directives, so that the host goes on after a restart with neither bus nor catalog. */
  readonly path: string;
}

/** Follows all directives of a host, each name by itself. */
export interface Reconciler {
  /** Goes on with the directives an earlier run was following. */
  start(): Promise<void>;
  /** Takes the host's desired state as it is now. Names it does not mention are left as they are. */
  accept(directives: HostDirectives): Promise<void>;
  /** What the host is following for a name. */
  desired(name: string): Desired | undefined;
  /** The directives the host is done with. */
  applied(): AppliedDirective[];
  stop(): Promise<void>;
}

export function createReconciler(components: ReconcilerComponents, { path }: ReconcilerInit): Reconciler {
  return new HostReconciler(components, createStateFile(path));
}

interface Followed {
  readonly directive: Directive;
  readonly desired: Desired;
  readonly reconciler: NameReconciler;
}

class HostReconciler implements Reconciler {
  readonly #components: ReconcilerComponents;
  /** Each directive as base64 of its protobuf. */
  readonly #file: StateFile<readonly string[]>;
  readonly #followed = new Map<string, Followed>();

  constructor(components: ReconcilerComponents, file: StateFile<readonly string[]>) {
    this.#components = components;
    this.#file = file;
  }

  async start(): Promise<void> {
    for (const directive of parseDirectives(await this.#file.read())) this.#follow(directive);
  }

  async accept({ directives }: HostDirectives): Promise<void> {
    let changed = false;
    for (const directive of directives) changed = this.#follow(directive) || changed;
    if (changed) await this.#save();
  }

  desired(name: string): Desired | undefined {
    return this.#followed.get(name)?.desired;
  }

  applied(): AppliedDirective[] {
    return [...this.#followed.values()].flatMap(({ reconciler }) => {
      const { settled } = reconciler;
      if (settled === undefined) return [];
      const { name, revision, contentDigest } = settled;
      return [{ name, revision, contentDigest: digestBytes(contentDigest) }];
    });
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#followed.values()].map(({ reconciler }) => reconciler.stop()));
  }

  /** Whether the directive is a new one. */
  #follow(directive: Directive): boolean {
    const desired = desiredOf(directive);
    if (desired === undefined) {
      this.#components.logger.warn({ name: directive.name }, 'ignoring a directive with invalid fields');
      return false;
    }
    const known = this.#followed.get(desired.name);
    if (known === undefined && this.#followed.size >= MAX_DIRECTIVES) {
      this.#components.logger.warn(
        { name: desired.name },
        `ignoring a directive: ${MAX_DIRECTIVES} names are followed`,
      );
      return false;
    }
    const reconciler = known?.reconciler ?? new NameReconciler(this.#components);
    if (!reconciler.follow(desired)) return false;
    this.#followed.set(desired.name, { directive, desired, reconciler });
    return true;
  }

  async #save(): Promise<void> {
    const stored = [...this.#followed.values()].map(({ directive }) =>
      Buffer.from(Directive.encode(directive).finish()).toString('base64'),
    );
    await this.#file.write(stored);
  }
}

function parseDirectives(value: unknown): Directive[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item: unknown) => {
    if (typeof item !== 'string') return [];
    try {
      return [Directive.decode(Buffer.from(item, 'base64'))];
    } catch {
      return [];
    }
  });
}
