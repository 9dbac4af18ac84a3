import { readFileSync } from 'node:fs';

/** A user of the system that a server runs as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** Whom to run a server as that refuses to be root (PostgreSQL does); undefined where we are not root ourselves. */
export function unprivilegedAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error('Neither postgres nor nobody is a user of this system');
}
