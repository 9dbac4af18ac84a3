import { type AppliedDirective, type Host, MemberRole } from '@shoal/contracts';
import type { AppliedRevision, HostRole, hosts } from '@shoal/database';
import { toHex } from '../requests/digests.ts';
import { scrubMessage } from './scrub-column.ts';

const ROLES: Readonly<Record<HostRole, MemberRole>> = {
  agent: MemberRole.MEMBER_ROLE_AGENT,
  seeder: MemberRole.MEMBER_ROLE_SEEDER,
};

/** A member as it travels. */
export function hostMessage(host: hosts.HostView): Host {
  const { hostId, role, zone, rack, labels, software, freeBytes, lastSeenAt, alive, applied, scrub } = host;
  return {
    hostId,
    role: ROLES[role],
    zone,
    rack,
    labels: { ...labels },
    software: { version: software.version, capabilities: [...software.capabilities] },
    freeBytes,
    lastSeenAt,
    alive,
    applied: applied.map(appliedMessage),
    scrub: scrub === null ? undefined : scrubMessage(scrub),
  };
}

function appliedMessage({ name, revision, contentDigest }: AppliedRevision): AppliedDirective {
  return { name, revision: BigInt(revision), contentDigest: Buffer.from(contentDigest, 'hex') };
}

/** An applied directive as the database keeps it. */
export function appliedColumn({ name, revision, contentDigest }: AppliedDirective): AppliedRevision {
  return { name, revision: revision.toString(), contentDigest: toHex(contentDigest) };
}
