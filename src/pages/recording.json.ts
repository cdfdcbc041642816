/** `/recordings/<lesson>.json`: fetched by a page that has no lab to show. */

import type { APIRoute } from 'astro';
import { recordingText } from '../components/recordings.ts';
import { lessons } from '../lessons/index.ts';

export const getStaticPaths = () => lessons.map(({ id }) => ({ params: { lesson: id } }));

export const GET: APIRoute<Record<string, unknown>, { lesson: string }> = ({ params }) =>
  new Response(recordingText(params.lesson), { headers: { 'content-type': 'application/json' } });
