import type { JsonValue } from '../transport/index.ts';

/** What a resource holds: words, or bytes in base64. */
export type ResourceContents = { uri: string; mimeType: string } & ({ text: string } | { blob: string });

/** One block of a tool's answer or of a prompt's message. `data` is base64. */
export type Content =
  | { type: 'text'; text: string }
  | { type: 'image'; data: string; mimeType: string }
  | { type: 'audio'; data: string; mimeType: string }
  | { type: 'resource'; resource: ResourceContents };

/** What a tool answers. A failure that the caller's model can do something about is a result with `isError`. */
export interface ToolResult {
  content: Content[];
  structuredContent?: { [key: string]: JsonValue };
  isError?: true;
}

/** An answer in words, and the same as data where a program may want it. */
export function text(words: string, structured?: { [key: string]: JsonValue }): ToolResult {
  const content: Content[] = [{ type: 'text', text: words }];
  return structured ? { content, structuredContent: structured } : { content };
}

/** A call that went wrong in a way that its caller can put right. */
export function failure(words: string): ToolResult {
  return { content: [{ type: 'text', text: words }], isError: true };
}
