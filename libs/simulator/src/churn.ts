import type { Random } from '@shoal/swarm';
import { CHURN_CHECK_INTERVAL } from './constants.ts';
import type { EventQueue } from './event-queue.ts';
import { selectHosts } from './host/select-hosts.ts';
import type { SimulatedHost } from './host/simulated-host.ts';
import type { ResolvedScenario } from './resolved-scenario.ts';
import type { Churn } from './scenario.ts';

/** Has hosts leave and come back as the scenario says. */
export function planChurn(
  components: {
    readonly clock: EventQueue;
    readonly random: Random;
    readonly hosts: readonly SimulatedHost[];
    /** Connects a host to its neighbours that are there. */
    readonly reconnect: (host: SimulatedHost) => void;
  },
  scenario: ResolvedScenario,
): void {
  const { clock, random, hosts, reconnect } = components;

  function leave(host: SimulatedHost, { back, keeps = true }: Churn): void {
    if (host.isGone) return;
    host.kill();
    if (back === undefined) return;
    clock.after(back, () => {
      host.revive(keeps);
      reconnect(host);
    });
  }

  function leaveAfter(host: SimulatedHost, bytes: number, churn: Churn): void {
    if (host.sentBytes >= bytes) leave(host, churn);
    else clock.after(CHURN_CHECK_INTERVAL, () => leaveAfter(host, bytes, churn));
  }

  for (const churn of scenario.churn) {
    const { at = 0, within = 0, afterSent } = churn;
    for (const index of selectHosts(churn, scenario, random)) {
      const host = hosts[index];
      if (host === undefined) continue;
      if (afterSent !== undefined) leaveAfter(host, afterSent * scenario.size, churn);
      else clock.after(at + random.below(Math.floor(within) + 1), () => leave(host, churn));
    }
  }
}
