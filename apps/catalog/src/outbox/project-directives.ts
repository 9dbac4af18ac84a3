import { HostDirectives } from '@shoal/contracts';
import { type DirectiveRow, directives, type Queries } from '@shoal/database';
import { type Bucket, directivesKey } from '@shoal/messaging';
import { hostDirectivesMessage } from '../fleet/directive-message.ts';

/** A host whose directives are to be projected. */
export interface ProjectedHost {
  readonly namespace: string;
  readonly hostId: string;
}

/** What {@link readDirectives} found, by host. */
export type DirectivesByHost = (host: ProjectedHost) => readonly DirectiveRow[];

/** Reads the directives of many hosts with one query a namespace. */
export async function readDirectives(
  queries: Queries,
  hosts: readonly ProjectedHost[],
): Promise<DirectivesByHost> {
  const rows = new Map<string, DirectiveRow[]>();
  const byNamespace = Map.groupBy(hosts, (host) => host.namespace);
  for (const [namespace, members] of byNamespace) {
    const hostIds = [...new Set(members.map((host) => host.hostId))];
    for (const row of await directives.ofHosts(queries, namespace, hostIds)) {
      const key = directivesKey(namespace, row.hostId);
      rows.set(key, [...(rows.get(key) ?? []), row]);
    }
  }
  return ({ namespace, hostId }) => rows.get(directivesKey(namespace, hostId)) ?? [];
}

/** Writes a host's key: all its directives, so that a reader needs nothing but the latest value. */
export async function putDirectives(
  bucket: Bucket,
  { namespace, hostId }: ProjectedHost,
  rows: readonly DirectiveRow[],
): Promise<void> {
  const value = HostDirectives.encode(hostDirectivesMessage(rows)).finish();
  await bucket.put(directivesKey(namespace, hostId), value);
}

/** The revision that a host's key shows; undefined when it has none, or one that cannot be read. */
export async function projectedRevision(
  bucket: Bucket,
  { namespace, hostId }: ProjectedHost,
): Promise<bigint | undefined> {
  const entry = await bucket.get(directivesKey(namespace, hostId));
  if (entry === undefined) return undefined;
  try {
    return HostDirectives.decode(entry.value).revision;
  } catch {
    return undefined;
  }
}
