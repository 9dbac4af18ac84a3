import { ShoalError } from '@shoal/contracts';
import { Status } from 'nice-grpc-common';

/** An artifact as users name it: `web` (the version published last) or `web@1.4.2`. */
export interface ArtifactReference {
  readonly name: string;
  /** Empty: the version published last. */
  readonly version: string;
}

/** @throws ShoalError SHOAL_CLI_REFERENCE when the text is neither `name` nor `name@version` */
export function parseReference(text: string): ArtifactReference {
  const [name = '', version = '', ...rest] = text.split('@');
  const complete = !text.includes('@') || version !== '';
  if (name !== '' && complete && rest.length === 0) return { name, version };
  throw new ShoalError({
    code: 'SHOAL_CLI_REFERENCE',
    status: Status.INVALID_ARGUMENT,
    message: `"${text}" does not name an artifact`,
    remedy: 'Write name@version, for example web@1.4.2, or the name alone for the version published last.',
  });
}
