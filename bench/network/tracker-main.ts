/** A tracker in a process of its own, for a namespace: `tracker-main.ts HOST`. Prints its announce URL; ends with its input. */
import { startTracker } from './tracker.ts';

const [, , host = '127.0.0.1'] = process.argv;
const tracker = await startTracker(host);
process.stdout.write(`${tracker.url}\n`);
process.stdin.resume().once('end', () => {
  void tracker.stop();
});
