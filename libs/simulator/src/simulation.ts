import { createSeededRandom, type Random } from '@shoal/swarm';
import { type Bounds, computeBounds } from './bounds.ts';
import { planChurn } from './churn.ts';
import { SAMPLES_PER_BOUND } from './constants.ts';
import { EventQueue } from './event-queue.ts';
import type { Edge } from './graph/graph-policy.ts';
import { createHosts } from './host/create-hosts.ts';
import type { HostPolicies } from './host/host-policies.ts';
import { SimulatedHost } from './host/simulated-host.ts';
import type { TraceListener } from './host/trace.ts';
import { Routes } from './network/routes.ts';
import { findGraph, findPolicies } from './policies.ts';
import { type ResolvedScenario, resolveScenario } from './resolved-scenario.ts';
import type { SwarmScenario } from './scenario.ts';
import { type SwarmResult, summarize } from './swarm-result.ts';
import { Timeline, type TimelineSample } from './timeline.ts';

export interface SimulationComponents {
  /** Told of everything that reaches a host. */
  readonly onTrace?: TraceListener;
  /** Instead of those that the scenario names. */
  readonly policies?: HostPolicies;
}

/** @throws ScenarioError when the scenario names an unknown policy */
export function createSimulation(scenario: SwarmScenario, components: SimulationComponents = {}): Simulation {
  return new Simulation(resolveScenario(scenario), components);
}

/** A swarm of torrent cores in virtual time. */
export class Simulation {
  readonly bounds: Bounds;
  readonly #scenario: ResolvedScenario;
  readonly #clock = new EventQueue();
  readonly #hosts: readonly SimulatedHost[];
  readonly #leechers: readonly SimulatedHost[];
  readonly #timeline: Timeline;
  readonly #sampleInterval: number;

  constructor(scenario: ResolvedScenario, { onTrace, policies }: SimulationComponents) {
    const random = createSeededRandom(scenario.seed);
    const clock = this.#clock;
    this.#scenario = scenario;
    this.bounds = computeBounds(scenario);
    this.#sampleInterval = (this.bounds.fluid * this.bounds.headerFactor) / SAMPLES_PER_BOUND;
    const hosts = createHosts(
      { clock, random, policies: policies ?? findPolicies(scenario.policies), onTrace },
      scenario,
    );
    this.#hosts = hosts;
    this.#leechers = hosts.slice(scenario.seeders);
    this.#timeline = new Timeline(hosts);
    for (const host of hosts) host.start(random.below(scenario.connectWithin + 1));
    const connect = this.#connector();
    const edges = this.#planConnections(random, connect);
    const reconnect = (host: SimulatedHost): void => {
      for (const [a, b] of edges) if (a === host.init.index || b === host.init.index) connect(a, b);
    };
    planChurn({ clock, random, hosts, reconnect }, scenario);
  }

  /** Virtual milliseconds. */
  get now(): number {
    return this.#clock.now();
  }

  /** Runs until the next sample of the timeline; undefined when it is over, because all are done or time is up. */
  advance(): TimelineSample | undefined {
    if (this.#isOver()) return undefined;
    const until = Math.min(this.#clock.now() + this.#sampleInterval, this.#scenario.limit);
    while (this.#clock.step(until));
    this.#clock.skipTo(until);
    return this.#timeline.sample(until);
  }

  /** What has come of it so far. */
  result(): SwarmResult {
    return summarize(
      {
        hosts: this.#hosts,
        bounds: this.bounds,
        samples: this.#timeline.samples,
        events: this.#clock.fired,
      },
      this.#scenario,
    );
  }

  #isOver(): boolean {
    return this.#isDone() || this.#clock.now() >= this.#scenario.limit;
  }

  #isDone(): boolean {
    return this.#leechers.every((host) => host.isGone || host.completedAt !== undefined);
  }

  #connector(): (a: number, b: number) => void {
    const routes = new Routes(this.#clock, this.#scenario);
    return (first, second) => {
      const [a, b] = [this.#hosts[first], this.#hosts[second]];
      if (a === undefined || b === undefined) return;
      SimulatedHost.connect(this.#clock, a, b, routes.between(a, b));
    };
  }

  #planConnections(random: Random, connect: (a: number, b: number) => void): readonly Edge[] {
    const { graph, connectWithin } = this.#scenario;
    const nodes = this.#hosts.map(({ init }) => ({ zone: init.zone, isSeeder: init.isSeeder }));
    const edges = findGraph(graph).connect(nodes, random);
    for (const [a, b] of edges) this.#clock.after(random.below(connectWithin + 1), () => connect(a, b));
    return edges;
  }
}

/** Runs a scenario to its end. */
export function simulateSwarm(scenario: SwarmScenario, components: SimulationComponents = {}): SwarmResult {
  const simulation = createSimulation(scenario, components);
  while (simulation.advance() !== undefined);
  return simulation.result();
}
