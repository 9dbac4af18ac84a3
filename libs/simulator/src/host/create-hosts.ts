import { createSeededRandom, type PieceGeometry, type Random } from '@shoal/swarm';
import type { EventQueue } from '../event-queue.ts';
import { Link } from '../network/link.ts';
import type { ResolvedScenario } from '../resolved-scenario.ts';
import type { HostPolicies } from './host-policies.ts';
import { selectHosts } from './select-hosts.ts';
import { SimulatedHost } from './simulated-host.ts';
import type { TraceListener } from './trace.ts';

/** Rates of a host, in bytes per second as the scenario counts them. */
export interface HostRates {
  readonly up: number;
  readonly down: number;
}

/** The rates of every host, by its number. */
export function hostRates(scenario: ResolvedScenario): readonly HostRates[] {
  const random = createSeededRandom(scenario.seed);
  const rates = Array.from({ length: scenario.seeders + scenario.leechers }, () => ({
    up: scenario.rate,
    down: scenario.rate,
  }));
  for (const override of scenario.hosts) {
    for (const index of selectHosts(override, scenario, random)) {
      const host = rates[index];
      if (host === undefined) continue;
      host.up = override.up ?? host.up;
      host.down = override.down ?? host.down;
    }
  }
  return rates;
}

/** Makes the hosts of a scenario, seeders first, dealt to the zones in turn. */
export function createHosts(
  components: {
    readonly clock: EventQueue;
    readonly random: Random;
    readonly policies: HostPolicies;
    readonly onTrace: TraceListener | undefined;
  },
  scenario: ResolvedScenario,
): readonly SimulatedHost[] {
  const { clock, random, policies, onTrace } = components;
  const { firstCopies, linkBuffer, sendBuffer, verifyDelay, uploadSlots, wireFactor } = scenario;
  const geometry = createGeometry(scenario);
  return hostRates(scenario).map(({ up, down }, index) => {
    const downlink = new Link(clock, { rate: down * wireFactor, buffer: linkBuffer });
    return new SimulatedHost(
      { clock, policies, downlink, onTrace },
      {
        index,
        zone: index % scenario.zones.length,
        isSeeder: index < scenario.seeders,
        geometry,
        upRate: up * wireFactor,
        linkBuffer,
        sendBuffer,
        verifyDelay,
        firstCopies,
        uploadSlots,
        seed: random.below(0xffffffff),
      },
    );
  });
}

function createGeometry({ size, pieceSize, blockSize }: ResolvedScenario): PieceGeometry {
  const pieceCount = Math.ceil(size / pieceSize);
  const sizeOf = (piece: number): number => (piece < pieceCount - 1 ? pieceSize : size - piece * pieceSize);
  return { pieceCount, blockSize, pieceSize: sizeOf, payloadSize: sizeOf, servedSize: sizeOf };
}
