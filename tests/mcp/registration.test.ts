import { expect, test } from 'vitest';
import { createHandler } from '../../playground-server/mcp/server.ts';
import type { JsonObject } from '../../playground-server/transport/index.ts';
import { fixture } from '../conformance/fixtures/fixture.ts';

const handlerOf = (properties: JsonObject) =>
  createHandler({
    serverInfo: { name: 'registration', version: '1' },
    capabilities: { tools: {} },
    tools: [fixture('sound', 'Well', () => ''), fixture('marked', '', () => '', { type: 'object', properties })],
    prompts: [],
    resources: [],
    templates: [],
  });

test('[M6] the parameters that a tool marks are known by the name of the tool', () => {
  const handler = handlerOf({ region: { type: 'string', 'x-mcp-header': 'Region' }, plain: { type: 'string' } });
  expect(handler.headerParameters?.('marked')).toEqual([{ name: 'Region', path: ['region'], type: 'string' }]);
  expect(handler.headerParameters?.('sound')).toEqual([]);
  expect(handler.headerParameters?.('unknown')).toBeUndefined();
});

test('[M6] a tool that marks a parameter in a way that no header can carry is refused when it is registered', () => {
  const bad = () => handlerOf({ price: { type: 'number', 'x-mcp-header': 'Price' } });
  expect(bad).toThrow(TypeError);
  expect(bad).toThrow(/^Tool marked: .*price/);
});

test('a handler knows which methods it serves', () => {
  const { serves } = handlerOf({});
  expect(['tools/list', 'prompts/get', 'completion/complete', 'ping'].map((method) => serves?.(method))).not.toContain(
    false,
  );
  expect(serves?.('tools/lists')).toBe(false);
  expect(serves?.('constructor')).toBe(false);
});
