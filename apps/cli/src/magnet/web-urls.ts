import { ShoalError } from '@shoal/contracts';
import { Status } from 'nice-grpc-common';

/**
 * Checks URLs of web seeds.
 * @param flag the option they were given by
 * @throws ShoalError SHOAL_CLI_URL when one is anything else than an HTTP or HTTPS URL
 */
export function webUrls(texts: readonly string[], flag: string): readonly string[] {
  const wrong = texts.find((text) => !['http:', 'https:'].includes(URL.parse(text)?.protocol ?? ''));
  if (wrong === undefined) return texts;
  throw new ShoalError({
    code: 'SHOAL_CLI_URL',
    status: Status.INVALID_ARGUMENT,
    message: `${flag}: ${JSON.stringify(wrong)} is not an HTTP URL`,
    remedy: 'Give whole URLs, as http://host:port/path/ or https://host/path/.',
  });
}
