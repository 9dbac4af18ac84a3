import { basename } from 'node:path';

/** The catalog takes 1 to 128 characters of [a-z0-9._-], starting with a letter or digit. */
const MAX_NAME = 128;

/** An artifact name made from the last part of a path; "artifact" when nothing of it can be used. */
export function nameFromPath(path: string): string {
  const name = basename(path)
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, MAX_NAME);
  return name === '' ? 'artifact' : name;
}

/** A version made from a time: "2026.11.20-150405", in UTC. */
export function versionFromTime(time: Date): string {
  const [date = '', clock = ''] = time.toISOString().split('T');
  return `${date.replaceAll('-', '.')}-${clock.slice(0, 8).replaceAll(':', '')}`;
}
