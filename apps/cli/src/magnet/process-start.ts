import { readFile } from 'node:fs/promises';

/** Of a process that is there and whose start is not told, as on systems without /proc. */
export const UNKNOWN_START = '';

/**
 * When a process of this machine started, in a form to be compared with another of it: whoever has the same pid later has another.
 * @returns `undefined` when it has ended
 */
export async function processStart(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined);
  if (stat === undefined) return isThere(pid) ? UNKNOWN_START : undefined;
  // After the name, which may hold anything: state is the third field, starttime the 22nd (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state = ''] = fields;
  // Ended, and nobody has asked how.
  return 'ZX'.includes(state) ? undefined : fields[19];
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // It belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
