import type { KnipConfig } from 'knip';

const config: KnipConfig = {
  entry: [
    'scripts/*.js',
    'playground-server/main.ts',
    // Forked by path, not imported.
    'playground-server/lab/worker.ts',
    'tests/**/children/*.ts',
    // Run by `npm run bench`, and by hand.
    'tests/bench/*.ts',
    // Named by Stryker's configuration.
    'tests/mutation/vitest.config.ts',
    // The transport's public face: what it exports is for others to import.
    'playground-server/transport/{index,node,fetch}.ts',
    'playground-server/transport/backplane/behaviour.ts',
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
  ],
  compilers: {
    css: (text) =>
      [...text.matchAll(/(?:@import|url\()\s*["']([^"']+)["']/g)].map(([, path]) => `import '${path}';`).join('\n'),
  },
};

export default config;
