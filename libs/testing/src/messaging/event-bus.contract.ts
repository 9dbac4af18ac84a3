import type { BusIncident, EventBus } from '@shoal/messaging';
import { afterAll, beforeAll, describe } from 'vitest';
import { bucketContract } from './buckets.contract.ts';
import { closeContract } from './close.contract.ts';
import { plainContract } from './plain.contract.ts';
import { streamContract } from './streams.contract.ts';

/** Makes a bus that reports to `report`. Buses of the same suite may share a server. */
export type BusFactory = (report: (incident: BusIncident) => void) => EventBus;

/** What the parts of the suite work with. */
export interface BusUnderTest {
  readonly bus: () => EventBus;
  /** What the bus has reported so far. */
  readonly incidents: readonly BusIncident[];
}

/** What every event bus must do. */
export function eventBusContract(name: string, create: BusFactory): void {
  describe(name, () => {
    const incidents: BusIncident[] = [];
    let current: EventBus | undefined;
    beforeAll(() => {
      current = create((incident) => incidents.push(incident));
    });
    afterAll(() => current?.close());

    const bus = (): EventBus => {
      if (current === undefined) throw new Error('the bus is not open yet');
      return current;
    };
    plainContract({ bus, incidents });
    streamContract({ bus, incidents });
    bucketContract({ bus, incidents });
    closeContract(create);
  });
}
