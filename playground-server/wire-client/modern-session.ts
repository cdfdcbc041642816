/** What a client of the modern era does by itself, on top of one that does nothing by itself. */

import { isObject, type JsonObject, modernCodes } from '../transport/json-rpc.ts';
import { modernVersions } from '../transport/versions.ts';
import type { Answer, Question } from './answers.ts';
import { inputRequired, retryParams } from './input-rounds.ts';
import type { ModernClient, ModernWatcher } from './modern-client.ts';
import type { Outcome } from './outcome.ts';
import { type Tool, type ToolList, usableTools } from './tools.ts';

/** A server that goes on asking is left with its last question. */
const maxRounds = 10;

/** Tries again with a version that the server speaks, answers what it asks, and builds the headers of tool calls. */
export class ModernSession {
  readonly client: ModernClient;
  readonly #answer: Answer | undefined;
  #tools = new Map<string, Tool>();

  /** @param answer without it, an outcome that asks for input is handed to the caller */
  constructor(client: ModernClient, answer?: Answer) {
    this.client = client;
    this.#answer = answer;
  }

  /** Sends a request, and as many more as it takes to bring the answers that the server asks for. */
  async request(method: string, params: JsonObject = {}, watch: ModernWatcher = {}): Promise<Outcome> {
    let outcome = await this.#inSpokenVersion(method, params, watch);
    for (let round = 0; round < maxRounds && this.#answer; round++) {
      const asked = inputRequired(outcome);
      if (!asked) break;
      const answers = asked.questions && (await answersTo(asked.questions, this.#answer));
      outcome = await this.#inSpokenVersion(method, retryParams(params, asked, answers), watch);
    }
    return outcome;
  }

  /** Lists the tools, all pages of them, and remembers which of their parameters stand in headers. */
  async listTools(watch: ModernWatcher = {}): Promise<{ outcome: Outcome } & ToolList> {
    const all: ToolList = { tools: [], rejected: [] };
    let outcome = await this.request('tools/list', {}, watch);
    while (outcome.kind === 'result') {
      const { tools, rejected } = usableTools(outcome.result.tools);
      all.tools.push(...tools);
      all.rejected.push(...rejected);
      const cursor = outcome.result.nextCursor;
      if (typeof cursor !== 'string') break;
      outcome = await this.request('tools/list', { cursor }, watch);
    }
    this.#tools = new Map(all.tools.map((tool) => [tool.name, tool]));
    return { outcome, ...all };
  }

  /** Calls a tool. When its headers are refused, the list may be out of date: it is asked for, and the call made again. */
  async callTool(name: string, args?: JsonObject, watch: ModernWatcher = {}): Promise<Outcome> {
    const call = () => {
      const tool = this.#tools.get(name);
      return this.request(
        'tools/call',
        { name, ...(args && { arguments: args }) },
        tool ? { ...watch, headerParameters: tool.headerParameters } : watch,
      );
    };
    const outcome = await call();
    if (outcome.kind !== 'error' || outcome.error.code !== modernCodes.headerMismatch) return outcome;
    await this.listTools();
    return call();
  }

  /** Asks once more when the version is refused, in one that both sides speak (2026-07-28, Versioning). */
  async #inSpokenVersion(method: string, params: JsonObject, watch: ModernWatcher): Promise<Outcome> {
    const outcome = await this.client.request(method, params, watch);
    if (outcome.kind !== 'error' || outcome.error.code !== modernCodes.unsupportedVersion) return outcome;
    const supported = isObject(outcome.error.data) ? outcome.error.data.supported : undefined;
    const common = modernVersions.find((version) => Array.isArray(supported) && supported.includes(version));
    if (common === undefined) return outcome;
    this.client.protocolVersion = common;
    return this.client.request(method, params, watch);
  }
}

async function answersTo(questions: Record<string, Question>, answer: Answer): Promise<JsonObject> {
  const answered = Object.entries(questions).map(async ([key, question]) => [key, await answer(question)] as const);
  return Object.fromEntries(await Promise.all(answered));
}
