import { open } from 'node:fs/promises';
import { ShoalError } from '@shoal/contracts';
import { METAINFO_LIMITS } from '@shoal/protocol';
import { Status } from 'nice-grpc-common';

/**
 * Reads a .torrent file, no more of it than the parser would take.
 * @throws ShoalError SHOAL_CLI_FILE when it cannot be read or is too large
 */
export async function readInput(path: string): Promise<Uint8Array> {
  const limit = METAINFO_LIMITS.maxBytes;
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      if (size > limit) throw new Error(`${size} bytes are more than the ${limit} of any .torrent file`);
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw fileError(path, cause);
  }
}

/** The error for a file that the user named and that cannot be used. */
export function fileError(path: string, cause: unknown): ShoalError {
  return new ShoalError({
    code: 'SHOAL_CLI_FILE',
    status: Status.INVALID_ARGUMENT,
    message: `${path}: ${cause instanceof Error ? cause.message : String(cause)}`,
    remedy: 'Check the path and its permissions.',
    cause,
  });
}
