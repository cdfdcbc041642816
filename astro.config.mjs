import { fileURLToPath } from 'node:url';
import preact from '@astrojs/preact';
import starlight from '@astrojs/starlight';
import { defineConfig } from 'astro/config';
import starlightLinksValidator from 'starlight-links-validator';
import { afterBuild } from './scripts/after-build.ts';
import { siblingRules } from './scripts/sibling-rules.ts';

/** Where the site will be reached, when that is known: canonical URLs and the sitemap need it, nothing else does. */
const site = process.env.PUBLIC_ORIGIN || undefined;

/**
 * Overrides of Starlight's own components: they live in one folder, and there are few.
 * @param {string} name
 */
const override = (name) => `./src/components/starlight/${name}.astro`;

/**
 * Endpoints that are not pages. `srcDir` is the root, so files under src/pages are not routes by themselves.
 * @type {import('astro').AstroIntegration}
 */
const endpoints = {
  name: 'endpoints',
  hooks: {
    'astro:config:setup': ({ injectRoute }) => {
      const entry = (/** @type {string} */ file) => fileURLToPath(new URL(`./src/pages/${file}`, import.meta.url));
      injectRoute({ pattern: '/llms.txt', entrypoint: entry('llms.txt.ts') });
      injectRoute({ pattern: '/robots.txt', entrypoint: entry('robots.txt.ts') });
      injectRoute({ pattern: '/recordings/[lesson].json', entrypoint: entry('recording.json.ts') });
      injectRoute({ pattern: '/tests/[...file].txt', entrypoint: entry('test-source.txt.ts') });
      injectRoute({ pattern: '/[...slug].md', entrypoint: entry('page.md.ts') });
    },
  },
};

/** Anchors that components make, which the validator does not see; tests/site/text.test.ts does. */
const madeByComponents = '/reference/{backplane,benchmarks,contract,errors,headers,options,wire-events}/#*';

/**
 * The last to run: by then the pages, the search index and the sitemap are all there.
 * @type {import('astro').AstroIntegration}
 */
const finish = {
  name: 'finish',
  hooks: {
    'astro:build:done': async ({ dir, logger }) => {
      const { compressed, inlineScripts } = await afterBuild(fileURLToPath(dir));
      logger.info(`${compressed} files compressed, ${inlineScripts} inline scripts allowed by the policy`);
    },
  },
};

/** `npm run dev` serves the pages here and the playground beside it; both must look like one origin (rule G2). */
const playground = process.env.PLAYGROUND_ORIGIN;
const playgroundPaths = ['/api', '/labs', '/mcp', '/healthz', '/readyz'];

export default defineConfig({
  ...(site ? { site } : {}),
  srcDir: './',
  publicDir: './src/public',
  // Every style is a file: the Content-Security-Policy then needs no exception for style elements of ours.
  build: { inlineStylesheets: 'never' },
  // Code on these pages is snippet files and recorded output, drawn in ink by their own components.
  markdown: { syntaxHighlight: false },
  vite: {
    css: { postcss: { plugins: [siblingRules] } },
    build: { cssTarget: ['chrome123', 'firefox120', 'safari17.5'] },
    ...(playground ? { server: { proxy: Object.fromEntries(playgroundPaths.map((path) => [path, playground])) } } : {}),
  },
  integrations: [
    endpoints,
    preact(),
    starlight({
      title: 'Streamable HTTP Lab',
      titleDelimiter: '·',
      description:
        "Understand, watch and check MCP's Streamable HTTP transport: documentation with a live server in the page.",
      favicon: '/favicon.svg',
      customCss: [
        './src/styles/fonts.css',
        './src/styles/tokens.css',
        './src/styles/theme.css',
        './src/styles/header.css',
        './src/styles/layout.css',
        './src/styles/snippets.css',
        './src/styles/measured.css',
        './src/styles/bench.css',
        './src/styles/reference.css',
        './src/styles/landing.css',
        './src/styles/diagram.css',
      ],
      expressiveCode: false,
      credits: false,
      pagination: false,
      tableOfContents: { minHeadingLevel: 2, maxHeadingLevel: 2 },
      sidebar: [
        {
          label: 'Start',
          items: [{ label: 'The lab', link: '/' }, 'start/watch-a-session', 'start/connect-your-client', 'playground'],
        },
        {
          label: 'Understand',
          items: [
            'understand/the-transport',
            'understand/sessions',
            'understand/streams',
            'understand/resuming',
            'understand/asking-back',
            'understand/one-process',
            'understand/two-eras',
          ],
        },
        { label: 'Deploy', items: ['deploy/choose', 'deploy/ruby', 'deploy/proxies', 'deploy/sizing'] },
        {
          label: 'Scale out',
          items: [
            'scale/stateless',
            'scale/sticky',
            'scale/shared-state',
            'scale/modern',
            'scale/event-store-is-not-a-session-store',
          ],
        },
        { label: 'Fix', items: ['fix/session-not-found'] },
        {
          label: 'Reference',
          items: [
            'reference/status-codes',
            'reference/errors',
            'reference/headers',
            'reference/options',
            'reference/backplane',
            'reference/contract',
            'reference/wire-events',
            'reference/lab-api',
            'reference/benchmarks',
          ],
        },
      ],
      components: {
        Footer: override('Footer'),
        Head: override('Head'),
        Header: override('Header'),
        PageTitle: override('PageTitle'),
        Search: override('Search'),
        ThemeSelect: override('ThemeSelect'),
      },
      plugins: [starlightLinksValidator({ exclude: ['/llms.txt', '/**/*.md', '/*.md', madeByComponents] })],
    }),
    finish,
  ],
});
