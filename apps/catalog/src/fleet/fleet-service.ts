import { type FleetServiceImplementation, MemberRole } from '@shoal/contracts';
import { copies, directives, hosts, sideSwarms } from '@shoal/database';
import { type RequestContext, software } from '@shoal/service';
import { findArtifactByContent } from '../artifacts/find-artifact.ts';
import type { CatalogComponents } from '../components.ts';
import { ALIVE_FOR_MS, DEFAULT_SEEDINGS_PAGE, HELLO_INTERVAL_MS } from '../constants.ts';
import { checkLabels } from '../requests/check-labels.ts';
import { checkHostId, checkName, checkNamespace } from '../requests/check-names.ts';
import { checkDigest } from '../requests/digests.ts';
import { hostDirectivesMessage } from './directive-message.ts';
import { getSwarm, type SwarmAccess } from './get-swarm.ts';
import { signGrant } from './grants.ts';
import { hello } from './hello.ts';
import { hostMessage } from './host-message.ts';
import { memberSwarm } from './member-swarm.ts';
import { readReport } from './read-report.ts';
import type { ReportWriter } from './report-writer.ts';

/** What the fleet service works with. */
export interface FleetComponents extends CatalogComponents {
  readonly reportWriter: ReportWriter;
}

/** What hosts and seeders ask of the catalog, and operators about them (proto: FleetService). */
export function createFleetService(components: FleetComponents, access: SwarmAccess) {
  const { db } = components.database;
  return {
    async hello(request, { principal }) {
      const seedingsRevision = await hello(components, request, principal);
      const { namespace, hostId: seederId, role } = request;
      const swarmsToMake =
        role === MemberRole.MEMBER_ROLE_SEEDER &&
        (await sideSwarms.isClaimable(db, { namespace, seederId, aliveForMs: ALIVE_FOR_MS }));
      return { software: software(), intervalMillis: HELLO_INTERVAL_MS, seedingsRevision, swarmsToMake };
    },

    async getDirective({ namespace, hostId }) {
      checkMember(namespace, hostId);
      return { directives: hostDirectivesMessage(await directives.ofHosts(db, namespace, [hostId])) };
    },

    getSwarm: (request) => getSwarm(components, access, request),

    async renewGrant({ namespace, hostId, contentDigest, name, infoHash }) {
      checkMember(namespace, hostId);
      checkDigest('content_digest', contentDigest);
      checkName(name);
      const { artifact } = await findArtifactByContent(db, namespace, contentDigest, name);
      const swarm = await memberSwarm(db, artifact, infoHash);
      return signGrant(components, swarm, hostId, access.grantLifetimeMs);
    },

    async report({ report }) {
      await components.reportWriter.write(readReport(report));
      return {};
    },

    async listSeedings({ namespace, seederId, pageSize, pageToken }) {
      checkNamespace(namespace);
      checkHostId(seederId, 'seeder_id');
      const size = pageSize === 0 ? DEFAULT_SEEDINGS_PAGE : pageSize;
      const page = await copies.listSeedings(db, { namespace, seederId, pageSize: size, pageToken });
      const seedings = page.items.map(({ infoHashV1, infoHashV2, ...seeding }) => ({
        ...seeding,
        infoHashV1: infoHashV1 ?? new Uint8Array(),
        infoHashV2: infoHashV2 ?? new Uint8Array(),
      }));
      return { seedings, nextPageToken: page.nextPageToken };
    },

    async listHosts({ namespace, selector, pageSize, pageToken }) {
      checkNamespace(namespace);
      checkLabels('selector', selector);
      const page = await hosts.list(db, {
        namespace,
        selector,
        pageSize,
        pageToken,
        aliveForMs: ALIVE_FOR_MS,
      });
      return { hosts: page.items.map(hostMessage), nextPageToken: page.nextPageToken };
    },
  } satisfies FleetServiceImplementation<RequestContext>;
}

export type FleetService = ReturnType<typeof createFleetService>;

function checkMember(namespace: string, hostId: string): void {
  checkNamespace(namespace);
  checkHostId(hostId);
}
