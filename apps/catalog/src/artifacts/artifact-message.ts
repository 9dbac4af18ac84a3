import type { Artifact } from '@shoal/contracts';
import { swarmMessage } from '../swarms/swarm-message.ts';
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
    swarm: swarmMessage(swarm),
  };
}
