import type { Awaitable, RequestContext } from '../transport/index.ts';
import type { ResourceContents } from './content.ts';
import type { Completions } from './methods.ts';

/** What a list says of a resource, or of a family of them. */
interface Described {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly mimeType: string;
}

/** What reading gives: words, or bytes in base64. */
export type Reading = { text: string } | { blob: string };

export interface Resource extends Described {
  readonly uri: string;
  read(context: RequestContext): Awaitable<Reading>;
}

/** A family of resources whose URIs differ in what stands for `{variables}`. */
export interface ResourceTemplate extends Described {
  readonly uriTemplate: string;
  readonly complete?: { readonly [variable: string]: Completions };
  /** @returns `undefined` when there is no resource with these values */
  read(values: { readonly [variable: string]: string }, context: RequestContext): Awaitable<Reading | undefined>;
}

/** Reads one URI; `undefined` when nothing is there. */
export type Read = (context: RequestContext) => Promise<ResourceContents | undefined>;

/** Finds what stands behind a URI: a resource of this very name, or a template that it fits. */
export function findResource(
  resources: readonly Resource[],
  templates: readonly ResourceTemplate[],
  uri: string,
): Read | undefined {
  const resource = resources.find((each) => each.uri === uri);
  if (resource) return async (context) => ({ uri, mimeType: resource.mimeType, ...(await resource.read(context)) });
  for (const template of templates) {
    const values = match(template.uriTemplate, uri);
    if (!values) continue;
    return async (context) => {
      const reading = await template.read(values, context);
      return reading && { uri, mimeType: template.mimeType, ...reading };
    };
  }
  return undefined;
}

/** Simple expansion alone, of RFC 6570, section 3.2.2: `{name}` stands for one segment. */
function match(uriTemplate: string, uri: string): { [variable: string]: string } | undefined {
  const pattern = uriTemplate
    .split(/(\{\w+\})/)
    .map((part) => (part.startsWith('{') ? `(?<${part.slice(1, -1)}>[^/?#]+)` : escaped(part)))
    .join('');
  const groups = new RegExp(`^${pattern}$`).exec(uri)?.groups;
  if (!groups) return undefined;
  try {
    return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]));
  } catch {
    // A broken percent sign: no template expands to it.
    return undefined;
  }
}

/** Text that means itself in a pattern. */
function escaped(literal: string): string {
  return literal.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
