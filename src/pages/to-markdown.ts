/**
 * A page as Markdown: its source with the components replaced by what they show. Pages keep to components that fit on
 * one tag with plain attributes, so that this can stay a table of replacements instead of a renderer.
 */

import type { CollectionEntry } from 'astro:content';
import { benchForms } from '../bench/to-markdown.ts';
import { bothErasText } from '../components/both-eras.ts';
import { pathText } from '../components/choose/path.ts';
import { triedTable } from '../components/choose/tried.ts';
import { commandText } from '../components/client-commands.ts';
import { measurementTable } from '../components/measurements.ts';
import { optionsTable } from '../components/options.ts';
import { shapesText } from '../components/shapes.ts';
import { plainText, readOutput, readSnippet } from '../components/snippets.ts';
import { referenceForms } from '../reference/to-markdown.ts';
import { pagePath } from './markdown.ts';

type Attributes = Record<string, string>;

/** Components that stand alone: `<Snippet name="watch-a-session/open" />`. */
const alone: Record<string, (attributes: Attributes) => string> = {
  Snippet: ({ name = '' }) =>
    readSnippet(name)
      .map((snippet) => `\`\`\`${snippet.language.fence}\n${plainText(snippet)}\n\`\`\``)
      .join('\n\n'),
  Output: ({ name = '', label }) =>
    `Output, recorded${label ? `: ${label}` : ''}\n\n\`\`\`text\n${readOutput(name)}\n\`\`\``,
  Lesson: () => '(Here the page runs a live session and draws every message of it. It needs a browser.)',
  Playground: () => '(Here the page is the playground. It needs a browser.)',
  Recorded: () => '(Here the page draws a recorded run. It needs a browser.)',
  Measured: ({ name = '' }) => measurementTable(name),
  Options: ({ names = '' }) => optionsTable(names),
  ClientCommand: ({ client = '' }) => commandText(client),
  ...referenceForms,
  ...benchForms,
  Shapes: () => shapesText(),
  DecisionPath: () => pathText(),
  Tried: () => triedTable(),
  BothEras: ({ handshake = '', modern = '', label = '' }) => bothErasText(handshake, modern, label),
};

export function toMarkdown(page: CollectionEntry<'docs'>): string {
  const { title, description, eras, sources, checked } = page.data;
  const head = [`# ${title}`, '', `Page: ${pagePath(page.id)}`];
  if (description) head.push('', `> ${description}`);
  if (eras.length > 0)
    head.push('', `Era: ${eras.join(', ')}.${checked.length > 0 ? ` Checked with ${checked.join(', ')}.` : ''}`);
  const tail =
    sources.length === 0 ? [] : ['## Sources', '', ...sources.map(({ title, url }) => `- [${title}](${url})`), ''];
  return [...head, '', body(page.body ?? ''), '', ...tail].join('\n');
}

function body(source: string): string {
  const shown: string[] = [];
  const prose = source
    .replace(/^import .*;\n/gm, '')
    .replace(/\{\/\*[\s\S]*?\*\/\}/g, '')
    .replace(/<([A-Z]\w*)((?:\s+\w+="[^"]*")*)\s*\/>/g, (_, name: string, text: string) => {
      const show = alone[name];
      if (!show) throw new Error(`The page uses <${name}>, which has no form in Markdown`);
      const pairs = [...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]);
      // Set aside: what is cleaned from prose below, tags and indents, is content in a snippet.
      return `\0${shown.push(show(Object.fromEntries(pairs))) - 1}\0`;
    })
    .replace(/<h1[^>]*>([\s\S]*?)<\/h1>/g, (_, text: string) => `**${text.trim()}**`)
    .replace(/<\/?[A-Za-z][^>]*>/g, '')
    .replace(/^[ \t]+(?=\S)(?![-*\d])/gm, (indent) => indent.slice(2))
    .replace(/\n{3,}/g, '\n\n')
    .trim();
  // No page holds a NUL, so nothing else can be taken for one.
  return prose.replace(/\0(\d+)\0/g, (_, index: string) => shown[Number(index)] ?? '');
}
