/** Tells when a fraction has passed another tenth: how often those without a terminal hear of progress. */
export function createTenths(): (fraction: number) => boolean {
  let reported = 0;
  return (fraction) => {
    const tenths = Math.floor(fraction * 10);
    if (tenths <= reported) return false;
    reported = tenths;
    return true;
  };
}
