import { defineCollection } from 'astro:content';
import { docsLoader, i18nLoader } from '@astrojs/starlight/loaders';
import { docsSchema, i18nSchema } from '@astrojs/starlight/schema';
import { z } from 'astro/zod';
import { lessonTitles } from './src/lessons/titles.ts';

/** What every page of the documentation says of itself, beyond Starlight's own fields. */
const page = z.object({
  /** The protocol eras the page speaks of; shown above its title. */
  eras: z.array(z.enum(['handshake', 'modern'])).default([]),
  /** The one question the page answers, in its first sentence. */
  question: z.string().optional(),
  /** The lesson that runs in the page. */
  lesson: z.enum(lessonTitles.map(({ id }) => id)).optional(),
  /** What the page's claims rest on, listed at its end. */
  sources: z.array(z.object({ title: z.string(), url: z.url() })).default([]),
  /** The versions that its claims were checked against. */
  checked: z.array(z.string()).default([]),
});

export const collections = {
  docs: defineCollection({ loader: docsLoader(), schema: docsSchema({ extend: page }) }),
  i18n: defineCollection({ loader: i18nLoader(), schema: i18nSchema() }),
};
