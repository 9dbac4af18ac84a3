import { Rollout, RolloutState, RolloutTarget, TargetState, TransferReport } from '@shoal/contracts';
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { isWorthALine, rolloutLines, summaryLines } from './rollout-view.ts';
import { createTerminal } from './terminal.ts';

const terminal = createTerminal({ stdout: new PassThrough(), stderr: new PassThrough(), color: false });
const rollout = Rollout.fromPartial({ size: 1000n, state: RolloutState.ROLLOUT_STATE_RUNNING });

function target(hostId: string, state: TargetState, done: bigint): RolloutTarget {
  return RolloutTarget.fromPartial({
    hostId,
    state,
    transfer: TransferReport.fromPartial({
      bytesDone: done,
      bytesTotal: 1000n,
      rate: 512n,
      elapsedMillis: 500n,
    }),
  });
}

it('draws a bar a host in natural order, then the whole', () => {
  const lines = rolloutLines(
    rollout,
    [
      target('agent-10', TargetState.TARGET_STATE_FETCHING, 500n),
      target('agent-2', TargetState.TARGET_STATE_ACTIVATED, 1000n),
    ],
    terminal,
  );
  expect(lines).toEqual([
    '  agent-2   ████████████████████████ 100 %               active',
    '  agent-10  ████████████░░░░░░░░░░░░  50 %      512 B/s  fetching',
    '  1 of 2 hosts · 75 % of 1000 B · 512 B/s',
  ]);
});

it('shows unfinished hosts first when there are more than fit, and counts the rest', () => {
  const targets = Array.from({ length: 40 }, (_, i) =>
    target(`h${i}`, TargetState.TARGET_STATE_ACTIVATED, 1000n),
  );
  targets.push(target('late', TargetState.TARGET_STATE_PENDING, 0n));
  const text = rolloutLines(rollout, targets, terminal).join('\n');
  expect(text).toContain('late');
  expect(text).toContain('and 29 more hosts');
});

it('shows what is not active of a rollout too large to list', () => {
  const targets = Array.from({ length: 200 }, (_, i) =>
    target(`h${i}`, i === 177 ? TargetState.TARGET_STATE_FAILED : TargetState.TARGET_STATE_ACTIVATED, 1000n),
  );
  const lines = summaryLines(targets, terminal.style);
  expect(lines).toHaveLength(52);
  expect(lines.filter((line) => line.includes('failed'))).toEqual([expect.stringMatching(/^h177 /)]);
  expect(lines.at(-1)).toBe('… and 150 more hosts');
  const large = Rollout.fromPartial({ targetCount: targets.length });
  expect(targets.filter((one) => isWorthALine(large, one)).map(({ hostId }) => hostId)).toEqual(['h177']);
});

it('says the code of a host that failed', () => {
  const failed = RolloutTarget.fromPartial({
    hostId: 'h',
    state: TargetState.TARGET_STATE_FAILED,
    errorCode: 'SHOAL_STORE_DISK_FULL',
  });
  expect(summaryLines([failed], terminal.style)[1]).toContain('failed SHOAL_STORE_DISK_FULL');
});
