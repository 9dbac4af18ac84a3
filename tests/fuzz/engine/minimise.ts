/** Tries, at most: each runs the target once. */
const MAX_TRIES = 5_000;

/**
 * A part of `input` that `fails` still holds for: runs of bytes are left out, long ones first, while it does.
 * @param fails holds for `input`
 */
export function minimise(input: Uint8Array, fails: (candidate: Uint8Array) => boolean): Uint8Array {
  let smallest = input;
  let tries = 0;
  for (let run = Math.ceil(input.length / 2); run >= 1; run = run === 1 ? 0 : Math.ceil(run / 2)) {
    for (let at = 0; at < smallest.length && tries < MAX_TRIES;) {
      const candidate = new Uint8Array(
        Buffer.concat([smallest.subarray(0, at), smallest.subarray(at + run)]),
      );
      tries += 1;
      if (fails(candidate)) smallest = candidate;
      else at += run;
    }
  }
  return smallest;
}
