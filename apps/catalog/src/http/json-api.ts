import {
  artifactJson,
  hostJson,
  type ListSwarmsRequest,
  type ListSwarmsResponse,
  rolloutJson,
  swarmJson,
  targetJson,
} from '@shoal/contracts';
import { type HttpRequest, type HttpServer, json } from '@shoal/service';
import type { ArtifactService } from '../artifacts/artifact-service.ts';
import type { FleetService } from '../fleet/fleet-service.ts';
import type { RolloutService } from '../rollouts/rollout-service.ts';
import { pageOf, targetStatesOf } from './query.ts';
import { rolloutEvents } from './rollout-events.ts';

/** The handlers of the gRPC API that only read. */
export interface ReadServices {
  readonly artifacts: Pick<ArtifactService, 'getArtifact' | 'listArtifacts'>;
  readonly rollouts: Pick<RolloutService, 'getRollout' | 'listRollouts' | 'watchRollout'>;
  readonly fleet: Pick<FleetService, 'listHosts'>;
  readonly swarms: SwarmList;
}

/** Lists the swarms of an artifact. */
export interface SwarmList {
  listSwarms(request: ListSwarmsRequest): Promise<ListSwarmsResponse>;
}

type Answer = (params: HttpRequest['params'], query: URLSearchParams) => Promise<unknown>;

/**
 * Adds the read-only JSON API: what the web console shows, and scripts can ask for. Each path is a call of the gRPC API in
 * other clothes: the same handler checks the request, bounds it and raises the same typed errors. Everyone is anonymous here
 * as there; the answers have the shapes of `shoal --json`.
 */
export function addJsonApi(server: HttpServer, { artifacts, rollouts, fleet, swarms }: ReadServices): void {
  function get(path: string, answer: Answer): void {
    server.route('GET', `/api/v1/:namespace/${path}`, async ({ params, query }) => {
      const { status, headers, body } = json(200, await answer(params, new URLSearchParams(query)));
      return { status, headers: { ...headers, 'cache-control': 'no-store' }, body: body ?? '' };
    });
  }

  get('artifacts', async ({ namespace = '' }, query) => {
    const request = { namespace, name: query.get('name') ?? '', labels: {}, ...pageOf(query) };
    const page = await artifacts.listArtifacts(request);
    return { artifacts: page.artifacts.map(artifactJson), nextPageToken: page.nextPageToken };
  });

  get('artifacts/:name/:version', async ({ namespace = '', name = '', version = '' }) => {
    const { artifact } = await artifacts.getArtifact({ namespace, name, version });
    return { artifact: artifactJson(artifact) };
  });

  get('artifacts/:name/:version/swarms', async ({ namespace = '', name = '', version = '' }) => {
    const answer = await swarms.listSwarms({ namespace, name, version });
    return { swarms: answer.swarms.map(swarmJson) };
  });

  get('rollouts', async ({ namespace = '' }, query) => {
    const request = { namespace, name: query.get('name') ?? '', ...pageOf(query) };
    const page = await rollouts.listRollouts(request);
    return { rollouts: page.rollouts.map(rolloutJson), nextPageToken: page.nextPageToken };
  });

  get('rollouts/:rolloutId', async ({ namespace = '', rolloutId = '' }, query) => {
    const request = { namespace, rolloutId, ...pageOf(query), targetStates: targetStatesOf(query) };
    const { rollout, targets, nextPageToken } = await rollouts.getRollout(request);
    return { rollout: rolloutJson(rollout), targets: targets.map(targetJson), nextPageToken };
  });

  get('hosts', async ({ namespace = '' }, query) => {
    const page = await fleet.listHosts({ namespace, selector: {}, ...pageOf(query) });
    return { hosts: page.hosts.map(hostJson), nextPageToken: page.nextPageToken };
  });

  server.route('GET', '/api/v1/:namespace/rollouts/:rolloutId/watch', ({ params }) => {
    const { namespace = '', rolloutId = '' } = params;
    return rolloutEvents((signal) => rollouts.watchRollout({ namespace, rolloutId }, { signal }));
  });
}
