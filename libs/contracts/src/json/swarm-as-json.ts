import type { ArtifactSwarm } from '../gen/shoal/catalog/v1/swarm.ts';
import { formatWord, swarmStateWord } from './words.ts';

/** A swarm of an artifact as `shoal swarm ls --json` prints it. */
export interface SwarmJson {
  /** "v1", "v2" or "hybrid". */
  readonly format: string;
  readonly pieceLength: number;
  readonly private: boolean;
  readonly source: string;
  /** "pending", "ready" or "failed". */
  readonly state: string;
  readonly main: boolean;
  readonly errorCode: string | null;
  readonly expiresAt: string | null;
  /** 0 until it is ready. */
  readonly pieces: number;
  readonly infoHashV1: string | null;
  readonly infoHashV2: string | null;
}

export function swarmJson({ swarm, state, main, errorCode, expiresAt }: ArtifactSwarm): SwarmJson {
  const profile = swarm?.profile;
  return {
    format: formatWord(profile?.format),
    pieceLength: profile?.pieceLength ?? 0,
    private: profile?.private ?? true,
    source: profile?.source ?? '',
    state: swarmStateWord(state),
    main,
    errorCode: errorCode === '' ? null : errorCode,
    expiresAt: expiresAt?.toISOString() ?? null,
    pieces: swarm?.pieceCount ?? 0,
    infoHashV1: hexOrNull(swarm?.infoHashV1),
    infoHashV2: hexOrNull(swarm?.infoHashV2),
  };
}

/** Absent bytes are empty on the wire and null here. */
function hexOrNull(bytes: Uint8Array = new Uint8Array()): string | null {
  return bytes.length === 0 ? null : Buffer.from(bytes).toString('hex');
}
