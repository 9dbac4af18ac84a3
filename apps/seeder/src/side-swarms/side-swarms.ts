import type { CompleteSwarmRequest, SwarmServiceDefinition } from '@shoal/contracts';
import { type GrpcClient, isAbortError, type Telemetry } from '@shoal/service';
import { metainfoParts, tellCatalog, type TellCatalogComponents } from '../completion/tell-catalog.ts';
import { CLAIM_DEADLINE_MS } from '../constants.ts';
import type { Seedings } from '../seeding/seedings.ts';
import { makeSideSwarm, type MakeSideSwarmComponents } from './make-side-swarm.ts';
import { readJob, type SideSwarmJob } from './side-swarm-job.ts';

/** Collaborators of {@link SideSwarms}. */
export interface SideSwarmsComponents extends TellCatalogComponents, MakeSideSwarmComponents {
  readonly swarms: Pick<GrpcClient<SwarmServiceDefinition>, 'claimSwarm' | 'completeSwarm'>;
  readonly seedings: Pick<Seedings, 'sync'>;
  readonly telemetry: Pick<Telemetry, 'meter'>;
}

export interface SideSwarmsInit {
  readonly namespace: string;
  /** This seeder. */
  readonly hostId: string;
}

/**
 * Makes the side swarms that the catalog wants of content this seeder holds, one after the other. What is under way when the
 * seeder stops is begun anew when it runs again: the catalog keeps the job.
 */
export interface SideSwarms {
  /** Asks the catalog for work in the background. When it does not answer, the next hello says whether there is any. */
  look(): void;
  stop(): Promise<void>;
}

export function createSideSwarms(components: SideSwarmsComponents, init: SideSwarmsInit): SideSwarms {
  return new SideSwarmMaker(components, init);
}

class SideSwarmMaker implements SideSwarms {
  readonly #components: SideSwarmsComponents;
  readonly #init: SideSwarmsInit;
  readonly #stop = new AbortController();
  readonly #count: (outcome: 'made' | 'failed') => void;
  #isDue = false;
  #working: Promise<void> | undefined;

  constructor(components: SideSwarmsComponents, init: SideSwarmsInit) {
    this.#components = components;
    this.#init = init;
    const counter = components.telemetry.meter.createCounter('shoal_seeder_side_swarms', {
      description: 'Side swarms whose metainfo this seeder made, or could not make',
    });
    // At zero from the start: a counter that appears with the first failure shows no increase.
    for (const outcome of ['made', 'failed']) counter.add(0, { outcome });
    this.#count = (outcome) => counter.add(1, { outcome });
  }

  look(): void {
    if (this.#stop.signal.aborted) return;
    this.#isDue = true;
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#working;
  }

  async #work(): Promise<void> {
    const { signal } = this.#stop;
    while (this.#isDue && !signal.aborted) {
      this.#isDue = false;
      try {
        const job = await this.#claim(signal);
        if (job === undefined) continue;
        // There may be another. After a refusal the catalog would give the same again: the next hello says so.
        if (await this.#make(job, signal)) this.#isDue = true;
      } catch (error) {
        if (!isAbortError(error))
          this.#components.logger.warn({ err: error }, 'could not learn what to make');
      }
    }
  }

  async #claim(signal: AbortSignal): Promise<SideSwarmJob | undefined> {
    const { namespace, hostId: seederId } = this.#init;
    const { swarms } = this.#components;
    return readJob(swarms.claimSwarm({ namespace, seederId }, { signal, deadlineMs: CLAIM_DEADLINE_MS }));
  }

  /** Makes one and reports it; whether the catalog took the report. */
  async #make(job: SideSwarmJob, signal: AbortSignal): Promise<boolean> {
    const { logger, seedings } = this.#components;
    const what = { name: job.key.name, format: job.profile.format, content: job.contentDigest };
    let metainfo: Uint8Array = new Uint8Array();
    let errorCode = '';
    try {
      metainfo = await makeSideSwarm(this.#components, job, signal);
    } catch (error) {
      if (signal.aborted) return false;
      logger.error({ err: error, ...what }, 'could not make a side swarm');
      errorCode = codeOf(error);
    }
    const messages = () => reportMessages(job, this.#init.hostId, metainfo, errorCode);
    const { swarms } = this.#components;
    const call = (options: Parameters<typeof swarms.completeSwarm>[1]) =>
      swarms.completeSwarm(messages(), options);
    const answer = await tellCatalog(this.#components, call, what, signal);
    if (answer?.state === 'refused')
      logger.warn({ err: answer.error, ...what }, 'the catalog refused a side swarm');
    if (answer === undefined) return false;
    this.#count(errorCode === '' && answer.state === 'taken' ? 'made' : 'failed');
    seedings.sync();
    return answer.state === 'taken';
  }
}

async function* reportMessages(
  { key: swarm }: SideSwarmJob,
  seederId: string,
  metainfo: Uint8Array,
  errorCode: string,
): AsyncGenerator<CompleteSwarmRequest> {
  yield { part: { $case: 'header', value: { swarm, seederId, errorCode } } };
  for (const message of metainfoParts(metainfo)) {
    // The stream asks for the next message when it has room for it.
    yield await Promise.resolve(message);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : 'SHOAL_INTERNAL';
}
