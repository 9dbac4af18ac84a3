import { MAX_NAME_LENGTH } from '../constants.ts';

/** As catalog.v1 UploadHeader says; neither "." nor ".." nor a slash can pass, so a name is safe as a file name. */
const NAME = /^[a-z0-9][a-z0-9._-]*$/;
const VERSION = /^[A-Za-z0-9][A-Za-z0-9._+-]*$/;

/** Whether `text` is an artifact's name. */
export function isArtifactName(text: string): boolean {
  return text.length <= MAX_NAME_LENGTH && NAME.test(text);
}

/** Whether `text` is an artifact's version. */
export function isArtifactVersion(text: string): boolean {
  return text.length <= MAX_NAME_LENGTH && VERSION.test(text);
}
