import { parseEndpoint } from '@shoal/service';
import type { SeederConfig } from '../options.ts';
import { CONTENT_PREFIX } from './content-path.ts';

/** Addresses that stand for all of a machine's: others cannot connect to them. */
const WILDCARDS: readonly string[] = ['0.0.0.0', '::', '[::]'];

/**
 * The base URL under which others read this seeder's files; empty when it serves none, or listens on all addresses and was not
 * told which of them others know.
 * @param listening host:port of the HTTP listener, as bound
 */
export function advertisedFilesUrl(
  { serveFiles, advertiseFilesUrl }: Pick<SeederConfig, 'serveFiles' | 'advertiseFilesUrl'>,
  listening: string,
  isTls: boolean,
): string {
  if (!serveFiles) return '';
  if (advertiseFilesUrl !== undefined) return advertiseFilesUrl;
  const endpoint = parseEndpoint(listening);
  const host = endpoint !== undefined && 'host' in endpoint ? endpoint.host : '';
  if (host === '' || WILDCARDS.includes(host)) return '';
  return `${isTls ? 'https' : 'http'}://${listening}${CONTENT_PREFIX}`;
}
