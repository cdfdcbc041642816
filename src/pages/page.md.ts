import { getCollection } from 'astro:content';
import type { APIRoute, GetStaticPaths } from 'astro';
import { toMarkdown } from './to-markdown.ts';

/** Every page but the 404 page, under its own address with `.md`. */
export const getStaticPaths = (async () => {
  const pages = await getCollection('docs');
  return pages
    .filter(({ id }) => id !== '404')
    .map((page) => ({ params: { slug: page.id === '' ? 'index' : page.id }, props: { page } }));
}) satisfies GetStaticPaths;

export const GET: APIRoute = ({ props }) =>
  new Response(toMarkdown(props.page), { headers: { 'content-type': 'text/markdown; charset=utf-8' } });
