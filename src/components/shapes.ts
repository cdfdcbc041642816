/** The shape of both eras as data: what passes between a client and a server, act by act, in the order of a life. */

/** How an open event stream stands beside the row. */
export type StreamPart = 'start' | 'through' | 'end' | 'only';

export interface ShapeArrow {
  /** A request travels to the server; an answer comes back in one piece; an event comes on a stream that stays open. */
  kind: 'request' | 'answer' | 'event';
  before?: string;
  /** The part that is set in weight. */
  strong?: string;
  after?: string;
  stream?: StreamPart;
  /** What the request does to the server's table of sessions. */
  session?: 'born' | 'found' | 'ended';
}

export interface ShapeNote {
  kind: 'note';
  text: string;
  /** Something broke. */
  bad?: true;
  stream?: StreamPart;
}

export type ShapeRow = ShapeArrow | ShapeNote;

export const shapeEras = {
  handshake: { name: 'Handshake era', since: '2025-03-26 to 2025-11-25' },
  modern: { name: 'Modern era', since: '2026-07-28' },
} as const;
export type ShapeEra = keyof typeof shapeEras;

export interface ShapeAct {
  title: string;
  handshake: readonly ShapeRow[];
  modern: readonly ShapeRow[];
}

/** The session that the figure follows. */
export const shapeSession = '7be1';

export const shapeActs: readonly ShapeAct[] = [
  {
    title: 'Open',
    handshake: [
      { kind: 'request', before: 'POST ', strong: 'initialize', session: 'born' },
      { kind: 'answer', before: `200 Mcp-Session-Id: ${shapeSession}` },
      { kind: 'request', before: 'POST ', strong: 'initialized', session: 'found' },
      { kind: 'answer', before: '202' },
    ],
    modern: [
      { kind: 'note', text: 'nothing to open' },
      { kind: 'request', before: 'POST ', strong: 'server/discover' },
      { kind: 'answer', before: '200 versions' },
      { kind: 'note', text: 'if the client likes' },
    ],
  },
  {
    title: 'Call',
    handshake: [
      { kind: 'request', before: 'POST ', strong: 'tools/call', session: 'found' },
      { kind: 'event', before: '1.0 primed', stream: 'start' },
      { kind: 'event', before: '1.1 progress', stream: 'through' },
      { kind: 'event', before: '1.2 ', strong: 'result', stream: 'end' },
    ],
    modern: [
      { kind: 'request', before: 'POST ', strong: 'tools/call', after: ' + _meta' },
      { kind: 'event', before: 'progress', stream: 'start' },
      { kind: 'event', strong: 'result', stream: 'end' },
    ],
  },
  {
    title: 'Lose the connection',
    handshake: [
      { kind: 'event', before: '2.1 progress', stream: 'end' },
      { kind: 'note', text: '✕ lost; the call goes on', bad: true },
      { kind: 'request', before: 'GET ', strong: 'Last-Event-ID: 2.1', session: 'found' },
      { kind: 'event', before: '2.2 ', strong: 'result', stream: 'only' },
    ],
    modern: [
      { kind: 'event', before: 'progress', stream: 'end' },
      { kind: 'note', text: '✕ lost; call cancelled', bad: true },
      { kind: 'request', before: 'POST ', strong: 'tools/call', after: ', new id' },
      { kind: 'answer', before: '200 ', strong: 'result' },
    ],
  },
  {
    title: 'Ask the client',
    handshake: [
      { kind: 'request', before: 'POST ', strong: 'tools/call', session: 'found' },
      { kind: 'event', before: '3.1 ', strong: 'elicitation/create', stream: 'start' },
      { kind: 'request', before: 'POST ', strong: 'the answer', session: 'found', stream: 'through' },
      { kind: 'answer', before: '202', stream: 'through' },
      { kind: 'event', before: '3.2 ', strong: 'result', stream: 'end' },
    ],
    modern: [
      { kind: 'request', before: 'POST ', strong: 'tools/call', after: ' + _meta' },
      { kind: 'answer', before: '200 ', strong: 'input_required' },
      { kind: 'request', before: 'POST ', strong: 'tools/call', after: ' + answer' },
      { kind: 'answer', before: '200 ', strong: 'result' },
    ],
  },
  {
    title: 'Listen',
    handshake: [
      { kind: 'request', strong: 'GET', session: 'found' },
      { kind: 'event', before: '0.1 tools/list_changed', stream: 'start' },
      { kind: 'note', text: 'stays open', stream: 'through' },
    ],
    modern: [
      { kind: 'request', before: 'POST ', strong: 'subscriptions/listen' },
      { kind: 'event', before: 'acknowledged', stream: 'start' },
      { kind: 'event', before: 'tools/list_changed', stream: 'through' },
      { kind: 'note', text: 'stays open', stream: 'through' },
    ],
  },
  {
    title: 'End',
    handshake: [
      { kind: 'request', strong: 'DELETE', session: 'ended', stream: 'end' },
      { kind: 'answer', before: '200' },
    ],
    modern: [{ kind: 'note', text: 'close what is open', stream: 'end' }],
  },
];

/** What an arrow says, or a note. */
const rowText = (row: ShapeRow): string =>
  row.kind === 'note' ? row.text : `${row.before ?? ''}${row.strong ?? ''}${row.after ?? ''}`;

const sessionInWords = {
  born: ', which writes a session into its table',
  found: ', which finds the session in its table',
  ended: ', which removes the session from its table',
} as const;

/** One row for who does not see the drawing. */
export function rowInWords(row: ShapeRow): string {
  const text = rowText(row);
  if (row.kind === 'note') return text.replace('✕ ', '');
  if (row.kind === 'answer') return `the server answers ${text}`;
  if (row.kind === 'event') return `the server sends ${text}, as an event on the stream`;
  return `the client sends ${text} to the server${row.session ? sessionInWords[row.session] : ''}`;
}

/** The whole figure as Markdown. */
export function shapesText(): string {
  const life = (era: ShapeEra): string =>
    shapeActs.map((act) => `- **${act.title}**: ${act[era].map(rowInWords).join('; ')}.`).join('\n');
  return (['handshake', 'modern'] as const)
    .map((era) => `${shapeEras[era].name}, ${shapeEras[era].since}:\n\n${life(era)}`)
    .join('\n\n');
}
