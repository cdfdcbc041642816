import * as z from 'zod';
import type { Awaitable, JsonObject, RequestContext } from '../transport/index.ts';
import { failure, type ToolResult } from './content.ts';

// Compiled checks need `new Function`, which a page's content security policy forbids.
z.config({ jitless: true });

/**
 * Reports a step to the caller, if it asked for progress; otherwise does nothing.
 * @returns whether it asked
 */
export type ReportProgress = (progress: number, total: number) => boolean;

export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly inputSchema: JsonObject;
  readonly annotations: { readOnlyHint: boolean };
  call(args: JsonObject, context: RequestContext, report: ReportProgress): Awaitable<ToolResult>;
}

interface ToolDefinition<Schema extends z.ZodObject> {
  name: string;
  title: string;
  description: string;
  input: Schema;
  /** It changes nothing. */
  readOnly: boolean;
  run(args: z.output<Schema>, context: RequestContext, report: ReportProgress): Awaitable<ToolResult>;
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
    call(args, context, report) {
      const parsed = input.safeParse(args);
      if (parsed.success) return run(parsed.data, context, report);
      const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'arguments'}: ${message}`);
      return failure(`Invalid arguments for ${name}. ${faults.join('; ')}`);
    },
  };
}
