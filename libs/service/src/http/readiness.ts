import { withDeadline } from '../lifecycle/deadline.ts';
import { READINESS_DEADLINE_MS } from './constants.ts';
import { type HttpResponse, json } from './http-message.ts';

/** Resolves when a dependency can be used; rejects with why it cannot. */
export type ReadinessCheck = () => Promise<void>;

/** Runs every check and answers 200 with all of them, or 503 when one fails or takes too long. */
export async function answerReadiness(checks: ReadonlyMap<string, ReadinessCheck>): Promise<HttpResponse> {
  const results = await Promise.all(
    [...checks].map(async ([name, check]) => [name, await run(check)] as const),
  );
  const ready = results.every(([, result]) => result === 'ok');
  return json(ready ? 200 : 503, { ready, checks: Object.fromEntries(results) });
}

async function run(check: ReadinessCheck): Promise<string> {
  try {
    return await withDeadline(
      check().then(() => 'ok'),
      READINESS_DEADLINE_MS,
      () => `no answer within ${READINESS_DEADLINE_MS} ms`,
    );
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
