/** Whether an address is of this machine alone: there many peers share one. */
export function isLoopback(host: string): boolean {
  return host === '::1' || host.startsWith('127.');
}
