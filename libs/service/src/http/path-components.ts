/**
 * The components of a path, decoded.
 * @param path still percent-encoded
 * @returns undefined when one of them can be no file's name: it would lead elsewhere
 */
export function pathComponents(path: string): string[] | undefined {
  const components: string[] = [];
  for (const encoded of path.split('/')) {
    const component = decodeComponent(encoded);
    if (component === undefined) return undefined;
    components.push(component);
  }
  return components;
}

function decodeComponent(encoded: string): string | undefined {
  let component: string;
  try {
    component = decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
  const isPlain = component !== '' && component !== '.' && component !== '..' && !/[/\0]/.test(component);
  return isPlain ? component : undefined;
}
