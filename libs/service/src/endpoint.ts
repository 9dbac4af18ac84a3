/** Where a TCP server listens or is reached. */
export interface HostPort {
  /** Name or address, without brackets. */
  readonly host: string;
  /** 0 to 65535; 0 lets the system choose when listening. */
  readonly port: number;
}

/** Where a server listens or is reached: over TCP, or a Unix socket. */
export type Endpoint = HostPort | { readonly path: string };

const HOST_PORT = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:/[\]]+)):(\d{1,5})$/;
const UNIX = /^unix:(?:\/\/)?(\/.+)$/;

/** Reads `host:port`, `[v6]:port` or `unix:/path`; `undefined` when the text is none of them. */
export function parseEndpoint(text: string): Endpoint | undefined {
  const path = UNIX.exec(text)?.[1];
  if (path !== undefined) return { path };
  const match = HOST_PORT.exec(text);
  if (match === null) return undefined;
  const port = Number(match[3]);
  const host = match[1] ?? match[2];
  return host === undefined || port > 65_535 ? undefined : { host, port };
}

/** The text {@link parseEndpoint} reads. */
export function formatEndpoint(endpoint: Endpoint): string {
  if ('path' in endpoint) return `unix:${endpoint.path}`;
  const { host, port } = endpoint;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
