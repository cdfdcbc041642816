/**
 * One plain sentence or two for a row of the sequence, and where the specification says so.
 */

import { type Exchange, headerOf, isModern, type WrittenFrame } from './exchanges.ts';
import { explainModern } from './explain-modern.ts';
import { explainNote } from './explain-note.ts';
import { explainStore } from './explain-store.ts';
import { answerOf } from './outcome.ts';
import type { ArrowRow, Row } from './rows.ts';
import { type Source, sources } from './sources.ts';

export interface Explanation {
  /** The first words, which carry the weight. */
  lead: string;
  /** The rest. Words between backticks are code. */
  text: string;
  source?: Source;
}

/**
 * What the row means. `exchange` is the one it belongs to.
 * @param shared the processes share their sessions
 */
export function explain(row: Row, exchange: Exchange | undefined, shared = false): Explanation {
  if (row.kind === 'note') return explainNote(row, shared);
  if (row.kind === 'store') return explainStore(row);
  if (!exchange) return { lead: 'A remark.', text: 'The events of this exchange are no longer kept.' };
  const modern = isModern(exchange) ? explainModern(row, exchange) : undefined;
  if (modern) return modern;
  if (row.kind === 'request') return explainRequest(row, exchange, shared);
  if (row.kind === 'response') return explainResponse(exchange, shared);
  if (row.kind === 'end') return explainEnd(exchange);
  const frame = exchange.frames.find(({ wireId }) => wireId === row.id);
  return frame ? explainFrame(frame, exchange) : { lead: 'An event.', text: '' };
}

function explainRequest(row: ArrowRow, exchange: Exchange, shared: boolean): Explanation {
  if (exchange.mark?.kind === 'missing') return explainMiss(row, exchange);
  if (exchange.mark?.kind === 'unanswered') {
    return {
      lead: 'Nobody is there to answer.',
      text: `The router chose \`${row.to}\`, which had died or died before it answered. Its successor will take the next request.`,
      source: sources.gateway,
    };
  }
  const method = exchange.request?.method;
  const after = headerOf(exchange.request?.headers, 'last-event-id');
  if (method === 'GET' && after !== undefined) {
    return {
      lead: 'The client comes back for the rest.',
      text: `\`Last-Event-ID: ${after}\` names the last event it has, and with it the stream. \`${row.to}\` sends what followed there, in order, and then what is new.`,
      source: sources.resuming,
    };
  }
  if (method === 'GET') {
    return {
      lead: 'The client opens the standalone stream.',
      text: 'It carries what belongs to no request: list changes, resource updates. A session has one such stream at a time here.',
      source: sources.listening,
    };
  }
  if (method === 'DELETE') {
    return {
      lead: 'The client ends its session.',
      text: shared
        ? `\`${row.to}\` takes it out of the store and tells the others, who close its streams. From now on the id is answered 404 by each.`
        : `\`${row.to}\` forgets it and closes its streams. From now on the id is answered 404.`,
      source: sources.sessions,
    };
  }
  const message = exchange.body?.message;
  if (!message) return { lead: 'A POST.', text: 'Its body is not one JSON-RPC message.', source: sources.sending };
  if (!('method' in message)) {
    return {
      lead: 'The client answers the server.',
      text: 'The `id` is that of the question, and the process that asked finds by it the call that waits. A response needs no answer of its own: 202.',
      source: sources.sending,
    };
  }
  return explainMethod(message.method, row, exchange, shared);
}

function explainMiss(row: ArrowRow, { mark, owner, process }: Exchange): Explanation {
  const looked = `looked for \`${mark?.session ?? ''}\` in its own table and did not find it.`;
  if (owner !== undefined && owner !== process) {
    return {
      lead: 'The session is not here, and nothing is broken.',
      text: `The router chose \`${row.to}\`, which ${looked} \`${owner}\` opened it, in memory that no other process can read. Each of them did what it should.`,
      source: sources.fork,
    };
  }
  const gone = owner === undefined ? '' : ' It was opened under this name, by a process or in a table that is gone.';
  return {
    lead: 'The session is not here.',
    text: `\`${row.to}\` ${looked}${gone} The client must open a new one with \`initialize\`.`,
    source: sources.sessions,
  };
}

function explainMethod(method: string, row: ArrowRow, exchange: Exchange, shared: boolean): Explanation {
  if (method === 'initialize') {
    return {
      lead: 'The handshake begins.',
      text: `\`${row.to}\` writes a new row into ${shared ? 'the session table of the store, where every process finds it' : 'its session table, in its own memory'}. The request names the version the client speaks and what it can do.`,
      source: sources.initialization,
    };
  }
  if (method === 'notifications/initialized') {
    return {
      lead: 'The client is ready.',
      text: 'From here on every request names the session and the protocol version. A notification has no `id`, so nothing is owed but 202.',
      source: sources.initialization,
    };
  }
  if (method === 'tools/list') {
    return {
      lead: 'The client asks which tools there are.',
      text: `\`Mcp-Session-Id\` says whose question it is: \`${row.to}\` found the row in ${shared ? 'the table that all processes share' : 'its table'}.`,
      source: sources.tools,
    };
  }
  if (method === 'tools/call') {
    const token = /"progressToken"/.test(exchange.body?.text ?? '');
    return {
      lead: 'A tool is called.',
      text: token
        ? 'The `progressToken` in `_meta` asks for progress. It will travel on the stream that answers this POST.'
        : 'The answer, and whatever belongs to this call, travels on the stream that answers this POST.',
      source: token ? sources.progress : sources.sending,
    };
  }
  return {
    lead: `\`${method}\``,
    text: 'is sent in a POST of its own, as every message of a client is.',
    source: sources.sending,
  };
}

function explainResponse(exchange: Exchange, shared: boolean): Explanation {
  const status = exchange.response?.status ?? 0;
  if (exchange.mark?.kind === 'born') {
    return {
      lead: 'The session has its name.',
      text: `The id is in the \`Mcp-Session-Id\` header and in ${shared ? 'the store' : "one process's memory"}. Every later request must carry it.`,
      source: sources.sessions,
    };
  }
  if (exchange.mark?.kind === 'ended') {
    return {
      lead: 'The session is over.',
      text: 'The row is gone from the table; the standalone stream, if it was open, ends too.',
      source: sources.sessions,
    };
  }
  if (status === 202) {
    return {
      lead: 'Taken.',
      text: 'A notification or a response is answered 202 without a body.',
      source: sources.sending,
    };
  }
  if (status === 404 && exchange.mark?.kind === 'missing') {
    return {
      lead: 'Not found, although the client did nothing wrong.',
      text: 'On 404 a client must open a new session with `initialize`, without the old id.',
      source: sources.sessions,
    };
  }
  if (exchange.refused) {
    return {
      lead: 'Refused.',
      text: `${exchange.refused.message} (rule ${exchange.refused.rule} of this transport).`,
      source: sources.sending,
    };
  }
  if (exchange.failed !== undefined) {
    return {
      lead: 'The router answers for a process that cannot.',
      text: `${exchange.failed} The status says so: it is not the transport's.`,
      source: sources.gateway,
    };
  }
  return {
    lead: 'Answered in one piece.',
    text: 'No stream: one JSON body, and the exchange is over.',
    source: sources.sending,
  };
}

function explainFrame(frame: WrittenFrame, exchange: Exchange): Explanation {
  const standalone = exchange.request?.method === 'GET';
  const id = frame.eventId;
  if (frame.kind === 'comment') {
    return {
      lead: 'The stream is open.',
      text: 'A comment gets the first bytes through every proxy on the way. Clients skip it.',
      source: sources.eventStream,
    };
  }
  if (frame.kind === 'retry') {
    return {
      lead: 'How long to wait.',
      text: 'The server is about to close this connection. The client comes back after that many milliseconds.',
      source: sources.resuming,
    };
  }
  if (frame.kind === 'prime') {
    return {
      lead: 'A first event without a message.',
      text: `It gives the client an id to resume after${id === undefined ? '' : `, \`${id}\``}, and how long to wait before that, before anything can be lost. ${
        standalone ? 'This stream stays open.' : ''
      }`.trimEnd(),
      source: sources.resuming,
    };
  }
  const answer = answerOf(frame);
  if (answer) {
    return {
      lead: answer === 'result' ? 'The response.' : 'The call failed.',
      text: `It has the \`id\` of the request and is the last event of its stream${answer === 'error' ? '; the HTTP status stays 200, because the stream had begun' : ''}. Then the server ends the stream.`,
      source: sources.sending,
    };
  }
  const resume =
    id === undefined
      ? ''
      : ` If your connection drops now, \`GET\` with \`Last-Event-ID: ${id}\` asks for what follows.`;
  const message = frame.message;
  const method = message && 'method' in message ? message.method : '';
  if (message && 'method' in message && 'id' in message) {
    return {
      lead: 'The server asks the client.',
      text: `\`${method}\` is a request in the other direction, on the stream of the call that needs the answer. Its \`id\` is the server's own. The response comes in a POST, and only this process waits for it.`,
      source: sources.elicitation,
    };
  }
  if (method === 'notifications/progress') {
    return {
      lead: 'Progress, while the call still runs.',
      text: `It travels on the stream of the call that caused it, and on no other.${resume}`,
      source: sources.progress,
    };
  }
  return standalone
    ? {
        lead: 'A message that belongs to no request.',
        text: `\`${method}\` concerns the whole session, so it arrives on the standalone stream, whoever caused it.${resume}`,
        source: method.endsWith('list_changed') ? sources.listChanged : sources.listening,
      }
    : {
        lead: 'A message about this call.',
        text: `\`${method}\` travels on the stream of the request it belongs to.${resume}`,
        source: sources.sending,
      };
}

function explainEnd(exchange: Exchange): Explanation {
  if (exchange.failed !== undefined && exchange.end?.by === 'server') {
    return {
      lead: 'The answer breaks off.',
      text: `${exchange.failed} What the client has is all there will be.`,
      source: sources.exit,
    };
  }
  if (exchange.end?.by === 'fault') {
    return {
      lead: 'A fault cut the connection.',
      text: 'You asked for it. The stream and the session live on in the process; the client comes back with `Last-Event-ID`.',
      source: sources.resuming,
    };
  }
  const server = exchange.end?.by === 'server';
  const had = headerOf(exchange.response?.headers, 'content-type') !== undefined;
  return server
    ? {
        lead: 'The server ends the stream.',
        text: 'Its session is over, or a newer connection took its place.',
        source: sources.listening,
      }
    : {
        lead: 'The connection is closed; the session lives.',
        text: had
          ? 'A closed connection is not a cancelled request: what is running goes on.'
          : 'The client went before it was answered.',
        source: sources.sending,
      };
}
