import { readFileSync } from 'node:fs';

/** Ticks per second of the times in /proc: USER_HZ, 100 on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

/** What a process has used so far. */
export interface ProcessUsage {
  /** User and system time of all its threads, without its children. */
  readonly cpuSeconds: number;
  /** Peak resident set, files mapped into memory included. */
  readonly peakRssMib: number;
  /** Resident set now, without mapped files. */
  readonly anonymousMib: number;
}

/** Reads /proc/PID; undefined when the process is gone, or has ended and nobody has asked how. */
export function processUsage(pid: number): ProcessUsage | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    if (!status.includes('VmHWM')) return undefined;
    // The name, in parentheses, may hold anything; utime and stime are fields 14 and 15 (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return {
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
      peakRssMib: mebibytes(status, 'VmHWM'),
      anonymousMib: mebibytes(status, 'RssAnon'),
    };
  } catch {
    return undefined;
  }
}

/** User and system time of this process's children that have ended, in seconds. */
export function childrenCpuSeconds(): number {
  const stat = readFileSync('/proc/self/stat', 'latin1');
  // cutime and cstime are fields 16 and 17 (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
}

function mebibytes(status: string, name: string): number {
  const [, kibibytes = '0'] = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status) ?? [];
  return Number(kibibytes) / 1024;
}

/** Seconds of all cores together since the machine started. */
export interface MachineUsage {
  readonly busySeconds: number;
  readonly totalSeconds: number;
}

/** Reads /proc/stat: whatever runs on the machine, the kernel's own work included. */
export function machineUsage(): MachineUsage {
  const [line = ''] = readFileSync('/proc/stat', 'latin1').split('\n', 1);
  // user nice system idle iowait irq softirq steal; guest times are contained in user (proc(5)).
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = line
    .split(/\s+/)
    .slice(1)
    .map(Number);
  const busy = user + nice + system + irq + softirq + steal;
  return {
    busySeconds: busy / TICKS_PER_SECOND,
    totalSeconds: (busy + idle + iowait) / TICKS_PER_SECOND,
  };
}

/** Part of all cores that was busy between two readings, 0 … 1. */
export function busyShare(before: MachineUsage, after: MachineUsage): number {
  const total = after.totalSeconds - before.totalSeconds;
  return total > 0 ? (after.busySeconds - before.busySeconds) / total : 0;
}
