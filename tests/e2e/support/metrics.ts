/** What a service counts now, by name and labels as Prometheus writes them. */
export async function metrics({ http }: { readonly http: string }): Promise<(name: string) => number> {
  const response = await fetch(`http://${http}/metrics`, { signal: AbortSignal.timeout(10_000) });
  const text = await response.text();
  return (name) => {
    const line = text.split('\n').find((candidate) => candidate.startsWith(name)) ?? '';
    return Number(line.slice(line.lastIndexOf(' ') + 1));
  };
}
