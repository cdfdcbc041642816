import type { APIRoute } from 'astro';

/** Everything may be read; the sitemap exists only where the site knows its own address. */
export const GET: APIRoute = ({ site }) => {
  const lines = ['User-agent: *', 'Allow: /', 'Disallow: /api/', 'Disallow: /labs/'];
  if (site) lines.push('', `Sitemap: ${new URL('/sitemap-index.xml', site)}`);
  return new Response(`${lines.join('\n')}\n`, { headers: { 'content-type': 'text/plain; charset=utf-8' } });
};
