import { close, constants, fsync, open, read } from 'node:fs';

/*
 * Opening, using and closing a file in one promise. A FileHandle, with a promise for each step, is an object of a kilobyte:
 * a tree of 30,000 files made tens of megabytes of them (measured).
 */

type Done = (error: Error | null) => void;

/** Makes a file or directory durable (fsync). Rejects with the system's error; never through a symlink at its end. */
export function syncFile(path: string): Promise<void> {
  return withDescriptor(path, (fd, done) => {
    fsync(fd, done);
  });
}

/**
 * Fills `target` with the beginning of a file, never through a symlink at its end. Resolves with the number of bytes, fewer
 * only where the file ends before. Rejects with the system's error.
 */
export async function readStart(path: string, target: Uint8Array): Promise<number> {
  let filled = 0;
  await withDescriptor(path, (fd, done) => {
    const readOn = (): void => {
      read(fd, target, filled, target.length - filled, filled, (error, count) => {
        filled += count;
        if (error !== null || count === 0 || filled === target.length) done(error);
        else readOn();
      });
    };
    readOn();
  });
  return filled;
}

function withDescriptor(path: string, use: (fd: number, done: Done) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    open(path, constants.O_RDONLY | constants.O_NOFOLLOW, (openError, fd) => {
      if (openError !== null) {
        reject(openError);
        return;
      }
      use(fd, (error) => {
        close(fd, (closeError) => {
          const failure = error ?? closeError;
          if (failure) reject(failure);
          else resolve();
        });
      });
    });
  });
}
