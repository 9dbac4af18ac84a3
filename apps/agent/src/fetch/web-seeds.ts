import type { DigestHex } from '@shoal/fleet';
import { authoritiesFromFile } from '@shoal/service';
import { AgentError } from '../errors.ts';
import type { AgentConfig } from '../options.ts';

/**
 * URLs of web seeds as an operator gives them, each with a slash at its end.
 * @throws AgentError SHOAL_AGENT_WEB_SEED_URL
 */
export function checkWebSeeds(urls: readonly string[]): string[] {
  return urls.map((text) => {
    const url = URL.parse(text);
    if (url === null || !['http:', 'https:'].includes(url.protocol) || url.search !== '' || url.hash !== '') {
      throw new AgentError('SHOAL_AGENT_WEB_SEED_URL', `not the URL of a web seed: ${text}`);
    }
    return url.href.endsWith('/') ? url.href : `${url.href}/`;
  });
}

/** Where one of them has a content. */
export function webSeedOf(url: string, digest: DigestHex): string {
  return `${url}${digest}/`;
}

/**
 * Who may sign the certificates of web seeds: the fleet's authorities, because seeders serve files with their own
 * certificates, and those that were given for others.
 * @throws ShoalError SHOAL_SERVICE_TLS_FILES
 */
export function originAuthorities({ tlsCa, webSeedCa }: Pick<AgentConfig, 'tlsCa' | 'webSeedCa'>): string[] {
  return [tlsCa, webSeedCa].filter((path) => path !== undefined).map(authoritiesFromFile);
}
