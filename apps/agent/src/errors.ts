import { errorClassOf, Status } from '@shoal/contracts';

const FAILURES = {
  SHOAL_AGENT_NO_PROGRESS: {
    status: Status.DEADLINE_EXCEEDED,
    remedy:
      'The agent keeps trying. Check that a seeder of the artifact runs and that its peer port can be reached from this host.',
  },
  SHOAL_AGENT_INVALID_REQUEST: {
    status: Status.INVALID_ARGUMENT,
    remedy:
      'Names are of [a-z0-9._-], versions of [A-Za-z0-9._+-], 1 to 128 characters, starting with a letter or digit.',
  },
  SHOAL_AGENT_OTHER_NAMESPACE: {
    status: Status.PERMISSION_DENIED,
    remedy: "Ask for artifacts of the agent's own namespace, or run another agent for the other one.",
  },
  SHOAL_AGENT_UNDER_DIRECTIVE: {
    status: Status.FAILED_PRECONDITION,
    remedy: 'Roll the wanted version out with `shoal rollout create`, or fetch it without activating it.',
  },
  SHOAL_AGENT_CONTENT_DAMAGED: {
    status: Status.DATA_LOSS,
    remedy:
      'The fetch starts over. If it comes again, check the disk of this host and push the artifact again.',
  },
  SHOAL_AGENT_NO_PARTS: {
    status: Status.FAILED_PRECONDITION,
    remedy:
      'Fetch the whole artifact: parts are for v2 and hybrid swarms, whose files have hashes of their own.',
  },
  SHOAL_AGENT_ACTIVATES_PART: {
    status: Status.INVALID_ARGUMENT,
    remedy: 'Fetch the whole artifact to make it live, or leave activate out.',
  },
  SHOAL_AGENT_PRIORITIES_OF_ALL: {
    status: Status.INVALID_ARGUMENT,
    remedy:
      'Say what is wanted with only, or skip something: a whole artifact appears when all of it is there.',
  },
  SHOAL_AGENT_TOO_MANY_STREAMS: {
    status: Status.RESOURCE_EXHAUSTED,
    remedy: 'End a `shoal fetch --stream` that nobody reads from any more.',
  },
  SHOAL_AGENT_NOT_HELD: {
    status: Status.NOT_FOUND,
    remedy: 'Only what is on this host can be verified: have it fetched with `shoal fetch` first.',
  },
  SHOAL_AGENT_NO_PART: {
    status: Status.NOT_FOUND,
    remedy: '`shoal part ls` lists the parts on this host. What is there as a whole is no part.',
  },
  SHOAL_AGENT_PART_IN_USE: {
    status: Status.FAILED_PRECONDITION,
    remedy: 'Wait for the `shoal fetch` that fetches more of it, or end that; then remove the part.',
  },
  SHOAL_AGENT_WEB_SEED_URL: {
    status: Status.FAILED_PRECONDITION,
    remedy: 'Give --web-seeds whole URLs, as http://host:port/content/ or https://host/path/.',
  },
} as const;

/** Raised when the agent cannot do what it was asked to. */
export class AgentError extends errorClassOf(FAILURES) {}
