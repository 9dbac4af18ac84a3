import { parseArgs } from 'node:util';

/** The parts of a test run, in order. */
export const STAGES = ['lint', 'typecheck', 'unit', 'fuzz', 'contract', 'e2e', 'interop'] as const;

/** One of {@link STAGES}. */
export type Stage = (typeof STAGES)[number];

/** What a test run was asked to do. */
export interface TestOptions {
  readonly stages: readonly Stage[];
  /** A test that cannot run here counts as failed. */
  readonly requireAll: boolean;
}

/** What `npm test -- --help` prints. */
export const USAGE = `npm test [-- options]

  --only <stage>   run one stage; may be given several times. Stages: ${STAGES.join(', ')}
  --require-all    a test that cannot run here counts as failed, and so does a missing Docker engine
                   (also SHOAL_TEST_REQUIRE_ALL=1)
  --help           print this

Environment: SHOAL_TEST_SERVERS=binary runs PostgreSQL and NATS from this machine's packages, without asking for a
Docker engine.
`;

/**
 * Reads the command line; undefined when help was asked for.
 * @throws TypeError for an unknown option or stage.
 */
export function parseOptions(args: readonly string[], env: NodeJS.ProcessEnv): TestOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true, default: [] },
      'require-all': { type: 'boolean', default: env['SHOAL_TEST_REQUIRE_ALL'] === '1' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const unknown = values.only.find((name) => !STAGES.some((stage) => stage === name));
  if (unknown !== undefined) throw new TypeError(`There is no stage '${unknown}': ${STAGES.join(', ')}`);
  const stages = values.only.length === 0 ? STAGES : STAGES.filter((stage) => values.only.includes(stage));
  return { stages, requireAll: values['require-all'] };
}
