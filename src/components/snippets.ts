/**
 * The snippets, read at build time: every code block that a reader can copy is a file under content/snippets, and the
 * tests run each of them (tests/snippets).
 *
 * A name is a path without its ending, `watch-a-session/open`; its files, one per language, are shown as tabs. The
 * ending `.out` is what a run printed, recorded; it is shown as output and compared with a fresh run by the tests.
 */

const files = import.meta.glob<string>('/content/snippets/**/*', { query: '?raw', import: 'default', eager: true });

/** Languages in the order of their tabs. */
const languages = [
  { extension: 'sh', id: 'curl', label: 'curl', fence: 'sh' },
  { extension: 'ts', id: 'typescript', label: 'TypeScript', fence: 'ts' },
  { extension: 'conf', id: 'nginx', label: 'nginx', fence: 'nginx' },
  { extension: 'cfg', id: 'haproxy', label: 'HAProxy', fence: 'haproxy' },
  { extension: 'rb', id: 'ruby', label: 'Ruby', fence: 'ruby' },
  { extension: 'ru', id: 'ruby', label: 'Ruby', fence: 'ruby' },
] as const;

export type Language = (typeof languages)[number];
export interface Snippet {
  language: Language;
  /** What its tab says. */
  label: string;
  code: string;
}

/** Where the site is, when the build was told, and else where `npm start` serves it. */
const origin = new URL(import.meta.env.SITE ?? 'http://localhost:4321').origin;

/** What a snippet may leave open, and what stands there until a session is open. */
export const placeholders = {
  origin,
  endpoint: `${origin}/mcp`,
  session: 'YOUR-SESSION-ID',
  lastEventId: 'YOUR-LAST-EVENT-ID',
} as const;
export type Placeholder = keyof typeof placeholders;

/**
 * All languages of one snippet.
 * @throws when there is no such file, so that a page cannot be built around a missing one
 */
export function readSnippet(name: string): Snippet[] {
  const found = languages.flatMap((language) => {
    const code = files[`/content/snippets/${name}.${language.extension}`];
    if (code === undefined) return [];
    const isOther = language.id === 'curl' && !code.startsWith('curl');
    return [{ language, label: isOther ? 'shell' : language.label, code: code.trimEnd() }];
  });
  if (found.length === 0)
    throw new Error(`There is no snippet content/snippets/${name}.{${languages.map(({ extension }) => extension)}}`);
  return found;
}

/** A line of output past this is cut, and says so: the schemas of seven tools are one line of 2 500 characters. */
const longestLine = 420;

/** The recorded output of a snippet, as it is shown. @throws when it was never recorded */
export function readOutput(name: string): string {
  const text = files[`/content/snippets/${name}.out`];
  if (text === undefined) throw new Error(`There is no recorded output content/snippets/${name}.out`);
  return text
    .trimEnd()
    .split('\n')
    .map((line) =>
      line.length <= longestLine
        ? line
        : `${line.slice(0, longestLine)} … (${line.length - longestLine} more characters)`,
    )
    .join('\n');
}

export interface Segment {
  text: string;
  /** Set where the text stands for a value of the reader's own. */
  placeholder?: Placeholder;
  /** `key`: carries the structure, set in weight. `quiet`: a comment. */
  tone?: 'key' | 'quiet';
}

/** A file of one directive a line: its name carries the structure. */
const directives = /(?<quiet>^\s*#.*$)|(?<key>(?<=^\s*)[a-z_]+\b)/gm;

const tones: Record<Language['id'], RegExp> = {
  nginx: directives,
  haproxy: directives,
  curl: /(?<quiet>^\s*#.*$)|(?<key>(?<=^\s*|\$\(|\| )(?:curl|npx|for|done)\b)/gm,
  // What stands in quotes is neither a comment nor a keyword.
  ruby: /'[^'\n]*'|"[^"\n]*"|(?<quiet>#.*$)|(?<key>\b(?:require|class|def|do|end|return)\b|^[a-z_]+(?=\(| [^=]))/gm,
  typescript:
    /'[^'\n]*'|`[^`]*`|(?<quiet>\/\/.*$)|(?<key>\b(?:import|from|const|let|async|function|await|new|if|else|for|of|try|catch|return|throw)\b)/gm,
};

/** Cuts a snippet into what the page draws: values to fill in, structure, comments, and the rest. */
export function segments({ code, language }: Snippet): Segment[] {
  return code.split(/(\{\{\w+\}\})/).flatMap((part): Segment[] => {
    const name = /^\{\{(\w+)\}\}$/.exec(part)?.[1];
    if (name === undefined) return toned(part, tones[language.id]);
    if (!(name in placeholders)) throw new Error(`A snippet holds {{${name}}}, which nothing fills in`);
    return [{ text: placeholders[name as Placeholder], placeholder: name as Placeholder }];
  });
}

function toned(text: string, tone: RegExp): Segment[] {
  const out: Segment[] = [];
  let end = 0;
  for (const match of text.matchAll(tone)) {
    if (match.index > end) out.push({ text: text.slice(end, match.index) });
    const { quiet, key } = match.groups ?? {};
    if (quiet ?? key) out.push({ text: match[0], tone: quiet ? 'quiet' : 'key' });
    else out.push({ text: match[0] });
    end = match.index + match[0].length;
  }
  if (end < text.length) out.push({ text: text.slice(end) });
  return out;
}

/** A snippet as plain text, with the placeholders' plain values. */
export const plainText = (snippet: Snippet): string =>
  segments(snippet)
    .map(({ text }) => text)
    .join('');
