/** Longest a test waits for something to come about, in milliseconds. */
const DEADLINE_MS = 30_000;

/** Asks again and again until the answer is not `undefined`; for what no event tells. */
export async function until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  for (const deadline = Date.now() + DEADLINE_MS; Date.now() < deadline;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`it did not come about that ${what}`);
}
