import { MemberRole } from '../gen/shoal/fleet/v1/fleet.ts';
import { SwarmFormat } from '../gen/shoal/catalog/v1/manifest.ts';
import { SwarmState } from '../gen/shoal/catalog/v1/swarm.ts';
import { RolloutState, TargetState } from '../gen/shoal/rollout/v1/rollout.ts';

const FORMATS: Readonly<Record<SwarmFormat, string>> = {
  [SwarmFormat.SWARM_FORMAT_UNSPECIFIED]: 'unknown',
  [SwarmFormat.SWARM_FORMAT_V1]: 'v1',
  [SwarmFormat.SWARM_FORMAT_V2]: 'v2',
  [SwarmFormat.SWARM_FORMAT_HYBRID]: 'hybrid',
  [SwarmFormat.UNRECOGNIZED]: 'unknown',
};

const TARGET_STATES: Readonly<Record<TargetState, string>> = {
  [TargetState.TARGET_STATE_UNSPECIFIED]: 'unknown',
  [TargetState.TARGET_STATE_PENDING]: 'waiting',
  [TargetState.TARGET_STATE_FETCHING]: 'fetching',
  [TargetState.TARGET_STATE_FETCHED]: 'fetched',
  [TargetState.TARGET_STATE_ACTIVATED]: 'active',
  [TargetState.TARGET_STATE_FAILED]: 'failed',
  [TargetState.TARGET_STATE_SUPERSEDED]: 'superseded',
  [TargetState.UNRECOGNIZED]: 'unknown',
};

const ROLLOUT_STATES: Readonly<Record<RolloutState, string>> = {
  [RolloutState.ROLLOUT_STATE_UNSPECIFIED]: 'unknown',
  [RolloutState.ROLLOUT_STATE_RUNNING]: 'running',
  [RolloutState.ROLLOUT_STATE_COMPLETED]: 'completed',
  [RolloutState.ROLLOUT_STATE_FAILED]: 'failed',
  [RolloutState.ROLLOUT_STATE_SUPERSEDED]: 'superseded',
  [RolloutState.UNRECOGNIZED]: 'unknown',
};

const SWARM_STATES: Readonly<Record<SwarmState, string>> = {
  [SwarmState.SWARM_STATE_UNSPECIFIED]: 'unknown',
  [SwarmState.SWARM_STATE_PENDING]: 'pending',
  [SwarmState.SWARM_STATE_READY]: 'ready',
  [SwarmState.SWARM_STATE_FAILED]: 'failed',
  [SwarmState.UNRECOGNIZED]: 'unknown',
};

/** "v1", "v2" or "hybrid". */
export function formatWord(format: SwarmFormat | undefined): string {
  return FORMATS[format ?? SwarmFormat.SWARM_FORMAT_UNSPECIFIED];
}

/** "agent" or "seeder". */
export function roleWord(role: MemberRole): string {
  return role === MemberRole.MEMBER_ROLE_SEEDER ? 'seeder' : 'agent';
}

/** One word for a target's state, as tables, bars and JSON show it. */
export function targetWord(state: TargetState): string {
  return TARGET_STATES[state];
}

/** One word for a rollout's state. */
export function rolloutWord(state: RolloutState): string {
  return ROLLOUT_STATES[state];
}

/** One word for a swarm's state. */
export function swarmStateWord(state: SwarmState): string {
  return SWARM_STATES[state];
}
