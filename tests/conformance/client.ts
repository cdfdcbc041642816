/**
 * The client under test: `conformance client --command "node tests/conformance/client.ts" --suite core`. The suite starts
 * a server for each scenario and gives its URL; the environment names the scenario, the version to speak, and what else
 * the scenario wants used. Whatever is not answered with a result ends the process with an error.
 */

import type { JsonObject, JsonValue } from '../../playground-server/transport/index.ts';
import {
  acceptElicitation,
  HandshakeSession,
  type Outcome,
  WireClient,
} from '../../playground-server/wire-client/index.ts';
import { ModernClient, ModernSession } from '../../playground-server/wire-client/modern.ts';

const { MCP_CONFORMANCE_SCENARIO: scenario = '', MCP_CONFORMANCE_PROTOCOL_VERSION: protocolVersion = '2025-11-25' } =
  process.env;
const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}') as { toolCalls?: ToolCall[] };
const about = {
  endpoint: process.argv[2] ?? '',
  clientInfo: { name: 'streamable-http-lab-conformance', version: '1.0.0' },
  capabilities: { sampling: {}, elicitation: {}, roots: {} },
  protocolVersion,
};

interface ToolCall {
  name: string;
  arguments: JsonObject;
}
type Item = { [key: string]: JsonValue };

/** The result of a request that must have one. */
function resultOf(outcome: Outcome): JsonObject {
  if (outcome.kind === 'result') return outcome.result;
  throw new Error(`No result: ${JSON.stringify(outcome)}`);
}

const itemsOf = (outcome: Outcome, member: string): Item[] => resultOf(outcome)[member] as Item[];

/** The schema of one tool, sent back as the argument of the other, as it was read. */
function echoOf(tools: readonly Item[]): ToolCall {
  const focal = tools.find(({ name }) => name === 'json_schema_2020_12_tool');
  return { name: 'json_schema_echo', arguments: { schema: focal?.inputSchema ?? null } };
}

const handshakeScenarios: Record<string, (session: HandshakeSession, call: Call) => Promise<unknown>> = {
  initialize: (session) => session.request('tools/list').then(resultOf),
  tools_call: async (session, call) => {
    resultOf(await session.request('tools/list'));
    await call('add_numbers', { a: 5, b: 3 });
  },
  'sse-retry': (_, call) => call('test_reconnection'),
  'elicitation-sep1034-client-defaults': async (session, call) => {
    // This server asks on the standalone stream.
    const left = new AbortController();
    await new Promise<void>((resolve) => void session.listen({ signal: left.signal, onHead: () => resolve() }));
    await call('test_client_elicitation_defaults');
    left.abort();
  },
  'json-schema-2020-12-preservation': async (session, call) => {
    const echo = echoOf(itemsOf(await session.request('tools/list'), 'tools'));
    await call(echo.name, echo.arguments);
  },
};

type Call = (name: string, args?: JsonObject) => Promise<JsonObject>;

async function asHandshakeClient(): Promise<void> {
  const session = new HandshakeSession(new WireClient(about), ({ params }) => acceptElicitation(params));
  resultOf(await session.client.open());
  const call: Call = async (name, args = {}) =>
    resultOf(await session.request('tools/call', { name, arguments: args }));
  await handshakeScenarios[scenario]?.(session, call);
  await session.client.end();
}

const modernScenarios: Record<string, (session: ModernSession, call: Call) => Promise<unknown>> = {
  tools_call: (_, call) => call('add_numbers', { a: 5, b: 3 }),
  'request-metadata': (session) => session.request('server/discover').then(resultOf),
  'sep-2322-client-request-state': (_, call) =>
    Promise.all(['echo_state', 'no_state', 'no_result_type'].map((tool) => call(`test_mrtr_${tool}`))),
  'http-standard-headers': async (session, call) => {
    for (const tool of ['test_headers', 'my-hyphenated-tool']) await call(tool);
    for (const { uri = '' } of itemsOf(await session.request('resources/list'), 'resources')) {
      resultOf(await session.request('resources/read', { uri }));
    }
    for (const { name = '' } of itemsOf(await session.request('prompts/list'), 'prompts')) {
      resultOf(await session.request('prompts/get', { name }));
    }
  },
  'http-custom-headers': async (_, call) => {
    for (const { name, arguments: args } of context.toolCalls ?? []) await call(name, args);
  },
  'http-invalid-tool-headers': async (session, call) => {
    for (const { name } of (await session.listTools()).tools) await call(name, { region: 'us-west1' });
  },
  'json-schema-ref-no-deref': async () => {},
  'json-schema-2020-12-preservation': async (session, call) => {
    const echo = echoOf((await session.listTools()).tools.map(({ definition }) => definition));
    await call(echo.name, echo.arguments);
  },
};

async function asModernClient(): Promise<void> {
  const session = new ModernSession(new ModernClient(about), async ({ params }) => {
    // Between two rounds of one call another is made: it must carry nothing of them.
    if (scenario === 'sep-2322-client-request-state') await call('test_mrtr_unrelated');
    return acceptElicitation(params, { confirmed: true });
  });
  const call: Call = async (name, args = {}) => resultOf(await session.callTool(name, args));
  resultOf((await session.listTools()).outcome);
  await modernScenarios[scenario]?.(session, call);
}

const isModern = protocolVersion >= '2026-07-28';
if (!(scenario in (isModern ? modernScenarios : handshakeScenarios))) {
  throw new Error(`Nothing to do for "${scenario}" in ${protocolVersion}`);
}
await (isModern ? asModernClient() : asHandshakeClient());
