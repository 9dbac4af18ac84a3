import type { DigestHex } from '@shoal/fleet';
import { AgentError } from '../errors.ts';

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
