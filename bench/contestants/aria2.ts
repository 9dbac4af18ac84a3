/** aria2 (Debian's) as a contestant: the process to be measured is aria2c, this one only drives it. */
import { runContestant } from './run-contestant.ts';
import { Aria2Client } from './aria2-client.ts';

await runContestant((args) => Aria2Client.open(args));
