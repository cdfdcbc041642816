import { describe, expect, test } from 'vitest';
import { visitor } from './visit.ts';

const site = visitor();

describe('an error that is pasted whole into the search', () => {
  test.each([
    'Session not found',
    '{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Session not found"}}',
    '{"jsonrpc":"2.0","id":7,"error":{"code":-32001,"message":"Session not found. Open a new one with initialize."}}',
    'Error: Error POSTing to endpoint (HTTP 404): {"error":{"code":-32001,"message":"Session not found"},"id":""}',
    'mcp.shared.exceptions.McpError: Session terminated',
    'Bad Request: Server not initialized',
  ])('%s', async (error) => {
    await using visited = await site.visit('/start/watch-a-session/');
    const { page, complaints } = visited;
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.keyboard.press('/');
    // Without a click: the field takes the focus when it is there.
    await page.locator('.pagefind-ui__search-input:focus').waitFor();
    await page.evaluate((text) => navigator.clipboard.writeText(text), error);
    await page.keyboard.press('Control+V');
    const first = page.locator('.pagefind-ui__result-link').first();
    await first.waitFor();
    expect(await first.getAttribute('href')).toBe('/fix/session-not-found/');
    expect(complaints).toEqual([]);
  });
});
