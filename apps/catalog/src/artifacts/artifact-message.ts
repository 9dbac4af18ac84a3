import type { Artifact } from '@shoal/contracts';
import { profileMessage } from '../uploads/profiles.ts';
import type { PublishedArtifact } from './find-artifact.ts';

/** An artifact as it travels. */
export function artifactMessage({ artifact, swarm }: PublishedArtifact): Artifact {
  const { namespace, name, version, contentDigest, size, fileCount, principal, publishedAt, copies } =
    artifact;
  return {
    namespace,
    name,
    version,
    contentDigest,
    size,
    fileCount,
    labels: { ...artifact.labels },
    principal,
    publishedAt,
    copies,
    swarm: {
      profile: profileMessage(swarm),
      infoHashV1: swarm.infoHashV1 ?? new Uint8Array(),
      infoHashV2: swarm.infoHashV2 ?? new Uint8Array(),
      pieceCount: swarm.pieceCount,
      metainfoSize: swarm.metainfoSize,
    },
  };
}
