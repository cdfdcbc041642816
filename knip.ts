import type { KnipConfig } from 'knip';

const config: KnipConfig = {
  entry: [
    'scripts/*.js',
    'playground-server/main.ts',
    // Forked by path, not imported.
    'playground-server/lab/worker.ts',
    'tests/**/children/*.ts',
    // The transport's public face: what it exports is for others to import.
    'playground-server/transport/{index,node,fetch}.ts',
    // Astro finds these by place or by a path in astro.config.mjs.
    'content/docs/**/*.mdx',
    'src/pages/*.{txt,md,json}.ts',
    'src/components/starlight/*.astro',
  ],
  project: ['**/*.{js,mjs,ts,tsx,astro,mdx,css}'],
  // A type that its own file uses is exported for whoever calls the functions there.
  ignoreExportsUsedInFile: { interface: true, type: true },
  ignoreDependencies: [
    // Brings the `astro check` command.
    '@astrojs/check',
    // Run by their commands, not imported.
    '@modelcontextprotocol/conformance',
    '@modelcontextprotocol/inspector',
    // Comes with @modelcontextprotocol/sdk: a snippet uses it as its readers do, who install nothing else.
    '@hono/node-server',
  ],
  compilers: {
    css: (text) =>
      [...text.matchAll(/(?:@import|url\()\s*["']([^"']+)["']/g)].map(([, path]) => `import '${path}';`).join('\n'),
  },
};

export default config;
