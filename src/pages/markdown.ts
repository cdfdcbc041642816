/** Where a page is served as Markdown: `/start/watch-a-session.md`. The landing page is `/index.md`. */
export const markdownPath = (id: string): string => `/${id === '' ? 'index' : id}.md`;

/** Where a page is served as a page. */
export const pagePath = (id: string): string => (id === '' || id === 'index' ? '/' : `/${id}/`);
