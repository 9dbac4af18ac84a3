import { type ArtifactSwarm, type Swarm, SwarmState } from '@shoal/contracts';
import type { sideSwarms, SideSwarmState, swarms } from '@shoal/database';
import { profileMessage } from '../uploads/profiles.ts';

const STATES: Readonly<Record<SideSwarmState, SwarmState>> = {
  pending: SwarmState.SWARM_STATE_PENDING,
  ready: SwarmState.SWARM_STATE_READY,
  failed: SwarmState.SWARM_STATE_FAILED,
};

/** A swarm as it travels. */
export function swarmMessage(swarm: swarms.SwarmView): Swarm {
  return {
    profile: profileMessage(swarm),
    infoHashV1: swarm.infoHashV1 ?? new Uint8Array(),
    infoHashV2: swarm.infoHashV2 ?? new Uint8Array(),
    pieceCount: swarm.pieceCount,
    metainfoSize: swarm.metainfoSize,
  };
}

/** A swarm that an artifact was published with. */
export function publishedSwarmMessage(swarm: swarms.SwarmView, main: boolean): ArtifactSwarm {
  const state = SwarmState.SWARM_STATE_READY;
  return { swarm: swarmMessage(swarm), state, main, errorCode: '', expiresAt: undefined };
}

/** A side swarm; `made` when it has a metainfo. */
export function sideSwarmMessage(
  side: sideSwarms.SideSwarmView,
  made: swarms.SwarmView | undefined,
): ArtifactSwarm {
  const { state, errorCode, expiresAt } = side;
  return {
    swarm: made ? swarmMessage(made) : unmade(side),
    state: STATES[state],
    main: false,
    errorCode,
    expiresAt,
  };
}

function unmade(key: swarms.SwarmKey): Swarm {
  const none = new Uint8Array();
  return { profile: profileMessage(key), infoHashV1: none, infoHashV2: none, pieceCount: 0, metainfoSize: 0 };
}
