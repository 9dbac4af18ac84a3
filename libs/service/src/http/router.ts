import type { HttpHandler } from './http-message.ts';

/** A route that fits a request. */
export interface RouteMatch {
  /** The pattern, for metrics: few values, whatever clients ask for. */
  readonly pattern: string;
  readonly handler: HttpHandler;
  readonly params: Readonly<Record<string, string>>;
}

interface Route {
  readonly method: string;
  readonly pattern: string;
  readonly segments: readonly string[];
  readonly handler: HttpHandler;
}

/**
 * Patterns are literal segments and `:name` segments, for example `/:grant/announce`; a last segment `*` stands for one or
 * more segments, which the handler finds in the request's path. The route added first wins.
 */
export class Router {
  readonly #routes: Route[] = [];

  add(method: string, pattern: string, handler: HttpHandler): void {
    this.#routes.push({ method, pattern, segments: pattern.split('/'), handler });
  }

  /** The route of a request, `'method'` when only other methods have one, or `undefined`. HEAD counts as GET. */
  find(method: string, path: string): RouteMatch | 'method' | undefined {
    const segments = path.split('/');
    const wanted = method === 'HEAD' ? 'GET' : method;
    let otherMethod = false;
    for (const route of this.#routes) {
      const params = matchSegments(route.segments, segments);
      if (params === undefined) continue;
      if (route.method === wanted) return { pattern: route.pattern, handler: route.handler, params };
      otherMethod = true;
    }
    return otherMethod ? 'method' : undefined;
  }
}

function matchSegments(
  pattern: readonly string[],
  segments: readonly string[],
): Record<string, string> | undefined {
  const isOpen = pattern.at(-1) === '*';
  if (isOpen ? segments.length < pattern.length : segments.length !== pattern.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, wanted] of (isOpen ? pattern.slice(0, -1) : pattern).entries()) {
    const given = segments[index] ?? '';
    if (!wanted.startsWith(':')) {
      if (wanted !== given) return undefined;
      continue;
    }
    const value = decode(given);
    if (value === undefined || value === '') return undefined;
    params[wanted.slice(1)] = value;
  }
  return params;
}

function decode(segment: string): string | undefined {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
