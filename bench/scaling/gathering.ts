/** How long those who are there wait for the others, in milliseconds. */
const PATIENCE_MS = 30_000;

/** A function whose calls resolve once there were `count` of them, or the first has waited for PATIENCE_MS. */
export function gathering(count: number): () => Promise<void> {
  const all = Promise.withResolvers<undefined>();
  let missing = count;
  let timer: NodeJS.Timeout | undefined;
  return async () => {
    missing -= 1;
    timer ??= setTimeout(() => all.resolve(undefined), PATIENCE_MS);
    if (missing <= 0) all.resolve(undefined);
    await all.promise;
    clearTimeout(timer);
  };
}
