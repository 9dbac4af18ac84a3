import { type HelloRequest, MemberRole } from '@shoal/contracts';
import { type AppliedRevision, type HostRole, hosts, rolloutTargets } from '@shoal/database';
import { parseEndpoint, software } from '@shoal/service';
import type { CatalogComponents } from '../components.ts';
import { checkLabels } from '../requests/check-labels.ts';
import { checkHostId, checkName, checkNamespace, checkText, invalid } from '../requests/check-names.ts';
import { checkDigest, toHex } from '../requests/digests.ts';
import { boundedBytes, checkRevision } from '../requests/int8.ts';
import { appliedColumn } from './host-message.ts';
import type { ReportWriter } from './report-writer.ts';
import { checkScrub, scrubColumn } from './scrub-column.ts';

/** Artifact names a host can have directives for, at most. */
const MAX_APPLIED = 1_000;

/** Longest base URL of a seeder's files, in characters: with the digest behind it clients take it (2 KiB). */
const MAX_FILES_URL = 1_024;

/** What takes hellos works with. */
export interface HelloComponents extends Pick<CatalogComponents, 'database' | 'clock'> {
  readonly reportWriter: ReportWriter;
}

/**
 * Registers a member, and keeps it alive. Returns its seedings revision.
 * @throws CatalogError SHOAL_CATALOG_INVALID_REQUEST
 */
export async function hello(
  components: HelloComponents,
  request: HelloRequest,
  principal: string,
): Promise<bigint> {
  const role = checkHello(request);
  const { namespace, hostId, zone, rack, labels, endpoint, filesUrl } = request;
  const applied = request.applied.map(appliedColumn);
  if (role === 'agent') await recoverLostReports(components, { namespace, hostId, applied });
  const { version, capabilities } = request.software ?? software();
  return hosts.hello(components.database.db, {
    namespace,
    hostId,
    role,
    principal,
    zone,
    rack,
    labels,
    software: { version, capabilities },
    endpoint: role === 'seeder' ? endpoint : '',
    filesUrl: role === 'seeder' ? filesUrl : '',
    freeBytes: boundedBytes(request.freeBytes),
    applied,
    scrub: request.scrub && scrubColumn(request.scrub),
  });
}

/**
 * A host that said in its last hello already that it is done with a directive, whose target is still open, has lost its
 * report: its word is taken for it. Not in the first hello, because the report may be on its way, with more in it.
 */
async function recoverLostReports(
  { database: { db }, reportWriter, clock }: HelloComponents,
  host: { readonly namespace: string; readonly hostId: string; readonly applied: readonly AppliedRevision[] },
): Promise<void> {
  const { namespace, hostId, applied } = host;
  if (applied.length === 0) return;
  const open = await rolloutTargets.openOfHost(db, namespace, hostId);
  const done = open.filter((target) => isApplied(applied, target));
  if (done.length === 0) return;
  const before = await hosts.find(db, namespace, hostId);
  const lost = done.filter((target) => isApplied(before?.applied ?? [], target));
  await Promise.all(
    lost.map(({ rolloutId, revision, contentDigest, transfer }) =>
      reportWriter.write({
        namespace,
        hostId,
        rolloutId,
        revision,
        state: 'activated',
        transfer,
        errorCode: '',
        errorMessage: '',
        verifiedDigest: contentDigest,
        reportedAt: new Date(clock.now()),
      }),
    ),
  );
}

function isApplied(applied: readonly AppliedRevision[], target: rolloutTargets.OpenTarget): boolean {
  const digest = toHex(target.contentDigest);
  return applied.some(
    ({ name, revision, contentDigest }) =>
      name === target.name && BigInt(revision) === target.revision && contentDigest === digest,
  );
}

function checkHello(request: HelloRequest): HostRole {
  checkNamespace(request.namespace);
  checkHostId(request.hostId);
  checkText('zone', request.zone);
  checkText('rack', request.rack);
  checkLabels('labels', request.labels);
  checkText('software.version', request.software?.version ?? '');
  for (const capability of request.software?.capabilities ?? [])
    checkText('software.capabilities', capability);
  if (request.applied.length > MAX_APPLIED) throw invalid('applied', `longer than ${MAX_APPLIED}`);
  for (const { name, revision, contentDigest } of request.applied) {
    checkName(name);
    checkRevision(revision);
    checkDigest('applied.content_digest', contentDigest);
  }
  if (request.scrub !== undefined) checkScrub(request.scrub);
  return checkRole(request);
}

function checkRole({ role, endpoint, filesUrl }: HelloRequest): HostRole {
  if (role === MemberRole.MEMBER_ROLE_AGENT) return 'agent';
  if (role !== MemberRole.MEMBER_ROLE_SEEDER) throw invalid('role', `${role}, wanted: agent or seeder`);
  checkText('endpoint', endpoint);
  if (parseEndpoint(endpoint) === undefined) {
    throw invalid(
      'endpoint',
      `${JSON.stringify(endpoint.slice(0, 64))}, wanted: host:port of the seeder's gRPC API`,
    );
  }
  checkFilesUrl(filesUrl);
  return 'seeder';
}

/** It goes into .torrent files as it is. */
function checkFilesUrl(url: string): void {
  if (url === '') return;
  const { protocol, search, hash } = URL.parse(url) ?? {};
  const isHttp = protocol === 'http:' || protocol === 'https:';
  if (url.length <= MAX_FILES_URL && isHttp && search === '' && hash === '' && !/[?#\s]/.test(url)) return;
  throw invalid(
    'files_url',
    `${JSON.stringify(url.slice(0, 64))}, wanted: an HTTP or HTTPS URL without query`,
  );
}
