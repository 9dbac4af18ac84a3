import { type Directive, DirectivePhase } from '@shoal/contracts';
import { type DigestHex, digestHex } from '@shoal/fleet';
import { isArtifactName, isArtifactVersion } from '../store/names.ts';

/** What this host should have, for one artifact name: a directive that passed its checks. */
export interface Desired {
  readonly name: string;
  readonly version: string;
  readonly contentDigest: DigestHex;
  /** Grows with every change of this host's directives. */
  readonly revision: bigint;
  /** `fetch`: have the tree, verified. `activate`: and make it the live one. */
  readonly phase: 'fetch' | 'activate';
  readonly rolloutId: string;
  /** W3C trace context of the rollout; may be empty. */
  readonly traceparent: string;
  /** Bytes of all regular files. */
  readonly size: number;
}

/** Bytes of a contentDigest. */
const DIGEST_BYTES = 32;

/** Reads a directive; `undefined` when a field that becomes a path, or says what to do, is not what it must be. */
export function desiredOf(directive: Directive): Desired | undefined {
  const { name, version, contentDigest, revision, rolloutId, traceparent } = directive;
  const phase = phaseOf(directive.phase);
  if (phase === undefined || contentDigest.length !== DIGEST_BYTES) return undefined;
  if (!isArtifactName(name) || !isArtifactVersion(version)) return undefined;
  const size = Number(directive.size);
  return {
    name,
    version,
    contentDigest: digestHex(contentDigest),
    revision,
    phase,
    rolloutId,
    traceparent,
    size,
  };
}

function phaseOf(phase: DirectivePhase): Desired['phase'] | undefined {
  if (phase === DirectivePhase.DIRECTIVE_PHASE_FETCH) return 'fetch';
  if (phase === DirectivePhase.DIRECTIVE_PHASE_ACTIVATE) return 'activate';
  return undefined;
}
