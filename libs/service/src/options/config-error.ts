/** One value that cannot be used. */
export interface ConfigProblem {
  /** The flag's name, for example `tls-cert`. */
  readonly name: string;
  /** Where the value came from: `flag --tls-cert`, `variable SHOAL_CATALOG_TLS_CERT`, `file /etc/shoal.yaml`. */
  readonly source: string;
  /** What was given; `(hidden)` for secrets. */
  readonly given: string;
  /** What is wanted instead. */
  readonly wanted: string;
}

/** Raised before a service starts when options are missing, unknown or have values of the wrong kind: all of them at once. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'SHOAL_CONFIG_INVALID';
  readonly remedy = 'Correct the options named in the message; docs/CONFIGURATION.md lists them all.';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(
      problems
        .map(({ name, source, given, wanted }) => `${name} (${source}): got ${given}, wanted ${wanted}`)
        .join('\n'),
    );
    this.problems = problems;
  }
}
