import { PROGRESS_INTERVAL } from './constants.ts';

/** Waits for `work`, and looks at its progress meanwhile and once more at its end. */
export async function watched<T>(look: () => void, work: Promise<T>): Promise<T> {
  const timer = setInterval(look, PROGRESS_INTERVAL);
  try {
    const result = await work;
    look();
    return result;
  } finally {
    clearInterval(timer);
  }
}
