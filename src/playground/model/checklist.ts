/** What a client did right and wrong, judged by nothing but what crossed the wire. */

import type { WireEvent } from '../../../playground-server/lab/wire.ts';
import { type Exchange, gatherExchanges, headerOf, isModern } from './exchanges.ts';
import { asksForInput } from './outcome.ts';
import { type Source, sources } from './sources.ts';

/** `unseen`: nothing happened yet in which it could have shown. */
export type Verdict = 'right' | 'wrong' | 'unseen';

export interface Check {
  id: string;
  /** What a client must or should do. */
  demand: string;
  verdict: Verdict;
  /** What was seen, in a few words; for what was not seen, how to bring it about. */
  seen: string;
  source: Source;
}

/** The page's own client is not judged: it does what the reader says. */
const ownClients = new Set(['browser']);

/** The clients that used this lab, by what their `User-Agent` begins with, in order of appearance. */
export function clientsOf(events: readonly WireEvent[]): readonly string[] {
  const names = new Set<string>();
  for (const { body } of events) if (body.type === 'request-arrived') names.add(body.client);
  return [...names].filter((name) => !ownClients.has(name));
}

/** Judges one client. @param client as `clientsOf` names it */
export function checklistOf(events: readonly WireEvent[], client: string): readonly Check[] {
  const ids = new Set<string>();
  for (const { exchange, body } of events) {
    if (exchange !== undefined && body.type === 'request-arrived' && body.client === client) ids.add(exchange);
  }
  const exchanges = [...gatherExchanges(events).values()].filter(({ id }) => ids.has(id));
  if (exchanges.length > 0 && exchanges.every(isModern)) {
    return [accepts(exchanges), version(exchanges), mirrors(exchanges), answers(exchanges)];
  }
  return [
    accepts(exchanges),
    version(exchanges),
    initialized(exchanges),
    reopens(exchanges),
    resumes(exchanges),
    ends(exchanges),
  ];
}

const methodOf = ({ body }: Exchange): string | undefined =>
  body?.message && 'method' in body.message ? body.message.method : undefined;
const isPost = ({ request }: Exchange): boolean => request?.method === 'POST';

function check(id: string, demand: string, source: Source, verdict: Verdict, seen: string): Check {
  return { id, demand, source, verdict, seen };
}

function accepts(exchanges: readonly Exchange[]): Check {
  const demand = 'Lists both types in `Accept` on every POST';
  const posts = exchanges.filter(isPost);
  const lacking = posts.filter(({ request }) => {
    const accept = headerOf(request?.headers, 'accept') ?? '';
    return !/application\/json|\*\/\*/.test(accept) || !/text\/event-stream|\*\/\*/.test(accept);
  });
  if (posts.length === 0) return check('accept', demand, sources.sending, 'unseen', 'It has sent no POST yet.');
  return lacking.length === 0
    ? check('accept', demand, sources.sending, 'right', `${posts.length} of ${posts.length} POSTs`)
    : check('accept', demand, sources.sending, 'wrong', `${lacking.length} of ${posts.length} POSTs lack one of them`);
}

function version(exchanges: readonly Exchange[]): Check {
  const all = exchanges.length > 0 && exchanges.every(isModern);
  const demand = `Sends \`MCP-Protocol-Version\` ${all ? 'with every request' : 'after `initialize`'}`;
  const later = exchanges.filter((exchange) => exchange.request && methodOf(exchange) !== 'initialize');
  const lacking = later.filter(({ request }) => headerOf(request?.headers, 'mcp-protocol-version') === undefined);
  if (later.length === 0) {
    return check('version', demand, sources.version, 'unseen', 'Nothing followed initialize yet.');
  }
  return lacking.length === 0
    ? check('version', demand, sources.version, 'right', `${later.length} of ${later.length} requests`)
    : check('version', demand, sources.version, 'wrong', `${lacking.length} of ${later.length} requests lack it`);
}

/** 2026-07-28: what routes a request stands in headers, and says what the body says. */
function mirrors(exchanges: readonly Exchange[]): Check {
  const demand = 'Repeats the method in `Mcp-Method` and the name in `Mcp-Name`';
  const asked = exchanges.filter((exchange) => methodOf(exchange) !== undefined);
  const lacking = asked.filter(({ request, body }) => {
    const message = body?.message;
    if (!message || !('method' in message)) return false;
    const name = message.method === 'resources/read' ? message.params?.uri : message.params?.name;
    const unnamed = typeof name === 'string' && headerOf(request?.headers, 'mcp-name') === undefined;
    return unnamed || headerOf(request?.headers, 'mcp-method') !== message.method;
  });
  return lacking.length === 0
    ? check('mirrors', demand, sources.modern.metadata, 'right', `${asked.length} of ${asked.length} requests`)
    : check(
        'mirrors',
        demand,
        sources.modern.metadata,
        'wrong',
        `${lacking.length} of ${asked.length} requests do not`,
      );
}

/** 2026-07-28: a result that asks is answered by the same request, sent again. */
function answers(exchanges: readonly Exchange[]): Check {
  const demand = 'Sends a request again with the answers it was asked for';
  const asked = exchanges.find(asksForInput);
  if (!asked) return check('answers', demand, sources.modern.inputs, 'unseen', 'Let it call `ask`.');
  const again = exchanges.find(({ wireId, body }) => {
    const message = body?.message;
    return wireId > asked.wireId && message && 'params' in message && message.params?.inputResponses !== undefined;
  });
  return again
    ? check('answers', demand, sources.modern.inputs, 'right', 'It came back with `inputResponses`.')
    : check('answers', demand, sources.modern.inputs, 'wrong', 'It was asked, and has not come back.');
}

function initialized(exchanges: readonly Exchange[]): Check {
  const demand = 'Says `notifications/initialized` before it asks for anything';
  const opened = exchanges.find((exchange) => methodOf(exchange) === 'initialize' && exchange.response?.status === 200);
  if (!opened) {
    const modern = exchanges.some(isModern) ? 'The modern era has no handshake.' : 'It has opened no session yet.';
    return check('initialized', demand, sources.initialization, 'unseen', modern);
  }
  const next = exchanges.find((exchange) => exchange.wireId > opened.wireId && isPost(exchange) && methodOf(exchange));
  if (!next) return check('initialized', demand, sources.initialization, 'unseen', 'Nothing followed initialize yet.');
  const method = methodOf(next) ?? '';
  return method === 'notifications/initialized'
    ? check('initialized', demand, sources.initialization, 'right', 'It came first.')
    : check('initialized', demand, sources.initialization, 'wrong', `${method} came first.`);
}

function reopens(exchanges: readonly Exchange[]): Check {
  const demand = 'Opens a new session after 404';
  const how = 'End its session, or kill the process that holds it, and let it call again.';
  const lost = exchanges.find(({ response, mark }) => response?.status === 404 && mark?.kind === 'missing');
  if (!lost) return check('reopens', demand, sources.sessions, 'unseen', how);
  const after = exchanges.filter(({ wireId }) => wireId > lost.wireId);
  const again = after.find((exchange) => methodOf(exchange) === 'initialize');
  if (again)
    return check(
      'reopens',
      demand,
      sources.sessions,
      'right',
      `initialize followed ${after.indexOf(again) + 1} requests later.`,
    );
  return after.length === 0
    ? check('reopens', demand, sources.sessions, 'wrong', 'A 404, and nothing since.')
    : check(
        'reopens',
        demand,
        sources.sessions,
        'wrong',
        `${after.length} more requests since the 404, and no initialize.`,
      );
}

function resumes(exchanges: readonly Exchange[]): Check {
  const demand = 'Comes back with `Last-Event-ID` when a stream breaks';
  // With the session that the client ended, its streams end too: nothing is left to come back for.
  const over = new Set(exchanges.filter(({ request }) => request?.method === 'DELETE').map(({ session }) => session));
  const broken = exchanges.find(({ end, frames, response, session }) => {
    if (session !== undefined && over.has(session)) return false;
    const answered = frames.some(({ message }) => message && ('result' in message || 'error' in message));
    const stream = /^text\/event-stream/.test(headerOf(response?.headers, 'content-type') ?? '');
    return (
      stream && !answered && (end?.by === 'fault' || end?.by === 'server') && frames.some(({ eventId }) => eventId)
    );
  });
  const resumed = exchanges.find(({ request }) => headerOf(request?.headers, 'last-event-id') !== undefined);
  if (resumed) {
    const id = headerOf(resumed.request?.headers, 'last-event-id');
    return check('resumes', demand, sources.resuming, 'right', `It came back after ${id}.`);
  }
  return broken
    ? check('resumes', demand, sources.resuming, 'wrong', 'A stream broke off, and it did not come back for the rest.')
    : check('resumes', demand, sources.resuming, 'unseen', 'Cut one of its streams, or let it call hang_up.');
}

function ends(exchanges: readonly Exchange[]): Check {
  const demand = 'Ends its session with DELETE';
  const ended = exchanges.find(({ request }) => request?.method === 'DELETE');
  if (ended)
    return check('ends', demand, sources.sessions, 'right', `Answered ${ended.response?.status ?? 'not yet'}.`);
  return check(
    'ends',
    demand,
    sources.sessions,
    'unseen',
    'Quit the client: a session that nobody ends stays for its idle time.',
  );
}
