import { Readable } from 'node:stream';
import { rolloutJson, targetJson, type WatchRolloutResponse } from '@shoal/contracts';
import type { HttpResponse } from '@shoal/service';

/**
 * A watch as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): `update` for each message,
 * and `end` when the rollout is decided, because browsers take a stream that just ends for one that broke. A failure
 * before the first message is an answer of its own; one after it breaks the stream off, and browsers connect again.
 */
export async function rolloutEvents(
  watch: (signal: AbortSignal) => AsyncGenerator<WatchRolloutResponse>,
): Promise<HttpResponse> {
  const gone = new AbortController();
  const updates = watch(gone.signal);
  const events = eventsOf(await updates.next(), updates);
  return {
    status: 200,
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
    body: new Readable({
      read() {
        events.next().then(
          ({ done, value }) => this.push(done === true ? null : value),
          (error: unknown) => this.destroy(error instanceof Error ? error : new Error(String(error))),
        );
      },
      destroy(error, done) {
        // The watch may be waiting for news: the signal ends that, and the return what it holds.
        gone.abort();
        void updates.return(undefined).catch(() => undefined);
        done(error);
      },
    }),
  };
}

async function* eventsOf(
  first: IteratorResult<WatchRolloutResponse, unknown>,
  rest: AsyncGenerator<WatchRolloutResponse>,
): AsyncGenerator<string> {
  if (first.done !== true) yield event('update', updateJson(first.value));
  for await (const update of rest) yield event('update', updateJson(update));
  yield event('end', {});
}

function updateJson({ rollout, targets }: WatchRolloutResponse) {
  return { rollout: rollout && rolloutJson(rollout), targets: targets.map(targetJson) };
}

/** JSON has no line ends of its own, so it is one line of data. */
function event(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
