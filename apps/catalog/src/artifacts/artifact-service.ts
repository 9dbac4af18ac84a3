import type {
  ArtifactServiceImplementation,
  GetMetainfoRequest,
  GetMetainfoResponse,
} from '@shoal/contracts';
import { artifacts, type Queries } from '@shoal/database';
import type { RequestContext } from '@shoal/service';
import { checkLabels } from '../requests/check-labels.ts';
import { checkName, checkNamespace, checkVersionOrNewest } from '../requests/check-names.ts';
import { artifactMessage } from './artifact-message.ts';
import { findArtifact, withSwarms } from './find-artifact.ts';
import { metainfoChunks } from './metainfo-chunks.ts';

/** Reads what has been published (proto: ArtifactService). */
export function createArtifactService(db: Queries) {
  return {
    async getArtifact({ namespace, name, version }) {
      checkReference(namespace, name, version);
      return { artifact: artifactMessage(await findArtifact(db, namespace, name, version)) };
    },

    async listArtifacts(request) {
      checkNamespace(request.namespace);
      if (request.name !== '') checkName(request.name);
      checkLabels('labels', request.labels);
      const page = await artifacts.list(db, request);
      const found = await withSwarms(db, page.items);
      return { artifacts: found.map(artifactMessage), nextPageToken: page.nextPageToken };
    },

    getMetainfo: (request) => getMetainfo(db, request),
  } satisfies ArtifactServiceImplementation<RequestContext>;
}

export type ArtifactService = ReturnType<typeof createArtifactService>;

async function* getMetainfo(
  db: Queries,
  { namespace, name, version }: GetMetainfoRequest,
): AsyncGenerator<GetMetainfoResponse> {
  checkReference(namespace, name, version);
  const { swarm } = await findArtifact(db, namespace, name, version);
  for await (const chunk of metainfoChunks(db, swarm)) yield { chunk };
}

function checkReference(namespace: string, name: string, version: string): void {
  checkNamespace(namespace);
  checkName(name);
  checkVersionOrNewest(version);
}
