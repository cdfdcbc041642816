import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { defaultLabLimits } from '../../playground-server/lab/lab-limits.ts';
import { optionTable } from '../../playground-server/transport/option-table.ts';
import { builtFiles, builtPages, readBuilt } from './built-site.ts';

const docs = fileURLToPath(new URL('../../content/docs', import.meta.url));
const sources = readdirSync(docs, { recursive: true, encoding: 'utf8' }).filter((name) => /\.mdx?$/.test(name));
const pages = sources.map((name) => name.replace(/\.mdx?$/, '')).filter((id) => id !== '404');

describe('pages for readers that are programs', () => {
  test.each(pages)('%s is served as Markdown', (id) => {
    const text = readBuilt(`/${id}.md`);
    expect(text).toMatch(/^# \S/);
    // Outside of code, nothing of the components is left.
    const prose = text.replace(/```[\s\S]*?```/g, '').replace(/`[^`]*`/g, '');
    expect(prose).not.toMatch(/<[A-Za-z/]|\{\{|^import /m);
  });

  test('llms.txt lists every page, by an address that exists', () => {
    const listed = [...readBuilt('/llms.txt').matchAll(/^- \[[^\]]+\]\((\/\S+\.md)\): \S/gm)].map(([, path]) => path);
    expect(listed.sort()).toEqual(pages.map((id) => `/${id}.md`).sort());
    for (const path of listed) expect(builtFiles()).toContain(path);
  });

  test('the Markdown holds the snippets with plain values', () => {
    expect(readBuilt('/start/watch-a-session.md')).toContain('curl -i http://localhost:4321/mcp');
  });

  test('and leaves the code of a snippet as it is, type arguments and indents included', () => {
    const file = readFileSync(join(docs, '../snippets/one-process/cluster.ts'), 'utf8');
    expect(readBuilt('/understand/one-process.md')).toContain(file);
  });
});

describe('numbers on the pages are those of the code', () => {
  const words = (value: number) => String(value).replace(/\B(?=(\d{3})+$)/g, ' ');

  test('the limits of a lab', () => {
    const text = readBuilt('/playground.md');
    const limits = defaultLabLimits;
    for (const said of [
      `${limits.idleTimeoutMs / 60_000} min without use`,
      `${limits.maxAgeMs / 60_000} min in any case`,
      `${limits.sessionsPerLab} sessions`,
      `${limits.requestsPerSecond} requests a second`,
      `${limits.heapMegabytes} MB of heap`,
      `${limits.labsPerAddress} labs`,
      `${limits.creationsPerMinute} may be started in a minute`,
      `${words(limits.wireEvents)} events or ${limits.wireBytes / 2 ** 20} MiB`,
    ]) {
      expect(text).toContain(said);
    }
  });

  test('the options of the transport', () => {
    const text = readBuilt('/understand/sessions.md');
    for (const name of ['sessionIdleTimeoutMs', 'maxSessions'] as const) {
      const { defaultText, about } = optionTable[name];
      expect(text).toContain(`| \`${name}\` | ${defaultText} | ${about} |`);
    }
  });

  test('the recorded run of the landing page: how many requests, how many lost', () => {
    const file = join(docs, '../recordings/fork-and-watch-it-break.json');
    const { events } = JSON.parse(readFileSync(file, 'utf8')) as { events: { body: { type: string } }[] };
    const types = events.map(({ body }) => body.type);
    const shown = types.slice(0, types.indexOf('connection-mode-changed'));
    expect(shown.filter((type) => type === 'request-arrived')).toHaveLength(6);
    expect(shown.filter((type) => type === 'session-missing')).toHaveLength(4);
    expect(readBuilt('/index.md')).toContain('four requests of six are answered 404');
  });

  test('the idle time wherever a page names it', () => {
    expect(readBuilt('/fix/session-not-found.md')).toContain(
      `| this site | ${optionTable.sessionIdleTimeoutMs.defaultText} without`,
    );
    expect(readBuilt('/start/watch-a-session.md')).toContain('removed by this server after 30 minutes');
    expect(optionTable.sessionIdleTimeoutMs.byDefault?.()).toBe(30 * 60_000);
  });
});

describe('code on the pages', () => {
  test.each(sources)('%s has no block of more than two lines that is not a snippet file', (name) => {
    const blocks = readFileSync(join(docs, name), 'utf8').matchAll(/^(?:```|~~~)(.*)\n([\s\S]*?)^(?:```|~~~)/gm);
    for (const [, info = '', code = ''] of blocks) {
      if (!/\boutput\b/.test(info)) expect(code.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
    }
  });

  test('what is recorded says so', () => {
    for (const { html } of builtPages()) {
      for (const [figure] of html.matchAll(/<figure class="output[\s\S]*?<\/figure>/g)) {
        expect(figure).toContain('Output, recorded');
      }
    }
  });
});

describe('links', () => {
  test('every internal link and anchor of every page resolves', () => {
    const built = builtPages();
    const files = new Set(builtFiles());
    const broken = built.flatMap(({ path, html }) =>
      [...html.matchAll(/<a\s[^>]*href="([^"]+)"/g)]
        .map(([, href = '']) => href.replaceAll('&#38;', '&'))
        .filter((href) => !/^[a-z]+:/.test(href))
        .filter((href) => {
          const url = new URL(href, `http://site${path}`);
          const page = built.find((each) => each.path === url.pathname);
          if (!page) return !files.has(url.pathname);
          return url.hash !== '' && !page.html.includes(`id="${decodeURIComponent(url.hash.slice(1))}"`);
        })
        .map((href) => `${path} → ${href}`),
    );
    expect(broken).toEqual([]);
  });

  test('every page says its era, its description and where it is as Markdown', () => {
    for (const { path, html } of builtPages().filter((page) => page.path !== '/404.html')) {
      expect(html, path).toMatch(/Handshake era, 2025-03-26 to 2025-11-25|Modern era, 2026-07-28/);
      expect(html, path).toMatch(/<meta name="description" content="[^"]{50,160}"/);
      expect(html, path).toMatch(/<link rel="alternate" type="text\/markdown" href="\/[^"]+\.md"/);
      expect(html, path).toMatch(/<meta property="og:title"/);
    }
  });
});
