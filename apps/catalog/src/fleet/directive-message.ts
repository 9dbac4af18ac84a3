import { type Directive, DirectivePhase, type HostDirectives } from '@shoal/contracts';
import type { DirectivePhaseName, DirectiveRow } from '@shoal/database';

const PHASES: Readonly<Record<DirectivePhaseName, DirectivePhase>> = {
  fetch: DirectivePhase.DIRECTIVE_PHASE_FETCH,
  activate: DirectivePhase.DIRECTIVE_PHASE_ACTIVATE,
};

/** All directives of one host as they travel; revision 0 when it has none. */
export function hostDirectivesMessage(rows: readonly DirectiveRow[]): HostDirectives {
  const revision = rows.reduce((highest, row) => (row.revision > highest ? row.revision : highest), 0n);
  return { revision, directives: rows.map(directiveMessage) };
}

function directiveMessage(row: DirectiveRow): Directive {
  const { namespace, hostId, revision, name, version, contentDigest, rolloutId, traceparent, size } = row;
  const phase = PHASES[row.phase];
  return { namespace, hostId, revision, name, version, contentDigest, phase, rolloutId, traceparent, size };
}
