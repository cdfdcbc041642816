import { getCollection } from 'astro:content';
import type { APIRoute } from 'astro';
import { markdownPath } from './markdown.ts';

/** The list of pages for readers that are programs: each with its question and the address of its Markdown. */
export const GET: APIRoute = async ({ site }) => {
  const pages = (await getCollection('docs')).filter(({ id }) => id !== '404');
  const absolute = (path: string) => (site ? new URL(path, site).href : path);
  const lines = pages
    .sort((a, b) => (a.id === 'index' ? -1 : b.id === 'index' ? 1 : a.id.localeCompare(b.id)))
    .map(({ id, data }) => `- [${data.title}](${absolute(markdownPath(id))}): ${data.question ?? data.description}`);
  const text = [
    '# Streamable HTTP Lab',
    '',
    "> MCP's Streamable HTTP transport, explained by running it. Every page says which protocol era it speaks of:",
    '> the handshake era (2025-03-26, 2025-06-18, 2025-11-25) or the modern era (2026-07-28).',
    '',
    '## Pages',
    '',
    ...lines,
    '',
    '## Live',
    '',
    `- [MCP endpoint](${absolute('/mcp')}): a Streamable HTTP server of both eras, for any client`,
  ];
  return new Response(`${text.join('\n')}\n`, { headers: { 'content-type': 'text/plain; charset=utf-8' } });
};
