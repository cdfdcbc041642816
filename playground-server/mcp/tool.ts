import * as z from 'zod';
import type { JsonObject, JsonValue, RequestContext } from '../transport/index.ts';

// Compiled checks need `new Function`, which a page's content security policy forbids.
z.config({ jitless: true });

/** What a tool answers. A failure that the caller's model can do something about is a result with `isError`. */
export interface ToolResult {
  content: { type: 'text'; text: string }[];
  structuredContent?: JsonObject;
  isError?: true;
}

/** Reports a step to the caller, if it asked for progress; otherwise does nothing. */
export type ReportProgress = (progress: number, total: number) => void;

export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly inputSchema: JsonObject;
  readonly annotations: { readOnlyHint: boolean };
  call(args: unknown, context: RequestContext, report: ReportProgress): Promise<ToolResult>;
}

interface ToolDefinition<Schema extends z.ZodObject> {
  name: string;
  title: string;
  description: string;
  input: Schema;
  /** It changes nothing. */
  readOnly: boolean;
  run(args: z.output<Schema>, context: RequestContext, report: ReportProgress): ToolResult | Promise<ToolResult>;
}

/**
 * Makes a tool from one description: the schema that clients are shown is the one that arguments are checked with.
 *
 * Arguments that do not fit are answered with a result, so that a model can correct itself (2025-11-25, Tools, Error
 * Handling: input validation errors are tool execution errors).
 */
export function defineTool<Schema extends z.ZodObject>(definition: ToolDefinition<Schema>): Tool {
  const { name, title, description, input, readOnly, run } = definition;
  return {
    name,
    title,
    description,
    inputSchema: z.toJSONSchema(input, { io: 'input' }) as JsonObject,
    annotations: { readOnlyHint: readOnly },
    async call(args, context, report) {
      const parsed = input.safeParse(args ?? {});
      if (parsed.success) return run(parsed.data, context, report);
      const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'arguments'}: ${message}`);
      return failure(`Invalid arguments for ${name}. ${faults.join('; ')}`);
    },
  };
}

/** An answer in words, and the same as data where a program may want it. */
export function text(words: string, structured?: { [key: string]: JsonValue }): ToolResult {
  const content: ToolResult['content'] = [{ type: 'text', text: words }];
  return structured ? { content, structuredContent: structured } : { content };
}

export function failure(words: string): ToolResult {
  return { content: [{ type: 'text', text: words }], isError: true };
}
