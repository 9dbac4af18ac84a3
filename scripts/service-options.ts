import { options as agent } from '../apps/agent/src/options.ts';
import { options as catalog } from '../apps/catalog/src/options.ts';
import { options as seeder } from '../apps/seeder/src/options.ts';
import { options as tracker } from '../apps/tracker/src/options.ts';
import type { OptionSchema } from '../libs/service/src/index.ts';

/** The options of each service, by the name of its command. */
export const serviceOptions: Readonly<Record<string, OptionSchema>> = { catalog, tracker, seeder, agent };

/** The prefix of a service's variables: `SHOAL_CATALOG_`. */
export function envPrefix(service: string): string {
  return `SHOAL_${service.toUpperCase()}_`;
}
