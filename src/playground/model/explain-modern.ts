/**
 * What a row of the modern era means (2026-07-28): there is no session to find, and each stream belongs to the one
 * request that it answers.
 */

import { type Exchange, isListening, type WrittenFrame } from './exchanges.ts';
import type { Explanation } from './explain.ts';
import { answerOf, asksForInput } from './outcome.ts';
import type { ArrowRow } from './rows.ts';
import { sources } from './sources.ts';

const { modern } = sources;

/** `undefined`: what is said of the other era holds here too. */
export function explainModern(row: ArrowRow, exchange: Exchange): Explanation | undefined {
  if (exchange.failed !== undefined) return undefined;
  if (row.kind === 'request') return explainRequest(row, exchange);
  if (row.kind === 'response') return explainResponse(row, exchange);
  if (row.kind === 'end') return explainEnd(exchange);
  const frame = exchange.frames.find(({ wireId }) => wireId === row.id);
  return frame && explainFrame(frame, exchange);
}

function explainRequest(row: ArrowRow, { body }: Exchange): Explanation | undefined {
  const message = body?.message;
  if (!message || !('method' in message)) return undefined;
  const { method, params } = message;
  if (method === 'server/discover') {
    return {
      lead: 'The client asks who is there.',
      text: `Nothing is opened: \`${row.to}\` says which versions it speaks and what it can do, and remembers nothing of it. The question is optional.`,
      source: modern.discovery,
    };
  }
  if (method === 'subscriptions/listen') {
    return {
      lead: 'The client names what it wants to hear.',
      text: `There is no GET here. The stream that answers this POST stays open, and \`${row.to}\` writes to it what \`params.notifications\` asks for.`,
      source: modern.subscriptions,
    };
  }
  if (params && 'inputResponses' in params) {
    return {
      lead: 'The same request once more, with the answers in it.',
      text: '`inputResponses` answers what was asked, and `requestState` comes back as it was given. Any process that has the key can go on from there: none had to wait.',
      source: modern.inputs,
    };
  }
  if (method === 'tools/call') {
    return {
      lead: 'A tool is called, and the request brings all it needs.',
      text: `\`_meta\` holds the version and what the client can do; \`Mcp-Method\` and \`Mcp-Name\` repeat in headers what the body says, for routers that read no bodies. \`${row.to}\` looks nothing up.`,
      source: modern.metadata,
    };
  }
  return {
    lead: `\`${method}\``,
    text: `carries its version and its client in \`_meta\`, so that any process can answer it. \`${row.to}\` was asked.`,
    source: modern.metadata,
  };
}

function explainResponse({ from }: ArrowRow, exchange: Exchange): Explanation | undefined {
  if (exchange.refused?.rule === 'I2') {
    return {
      lead: 'The `requestState` does not open here.',
      text: `The words are the same for every cause: it was changed, is too old, was used, belongs to another request, or was sealed with a key that \`${from}\` does not have. Processes that are given the same keys open each other's.`,
      source: modern.inputs,
    };
  }
  if (exchange.refused || (exchange.response?.status ?? 0) !== 200) return undefined;
  if (asksForInput(exchange)) return inputRequired;
  return {
    lead: 'Answered in one piece.',
    text: 'Nothing had to be said before the answer, so that it is one JSON body. No header names a session: there is none.',
    source: modern.sending,
  };
}

const inputRequired: Explanation = {
  lead: 'Not an answer yet: the server asks.',
  text: 'The result says `input_required` and holds the questions. The request is over, nobody waits, and the client sends it again with the answers.',
  source: modern.inputs,
};

function explainFrame(frame: WrittenFrame, exchange: Exchange): Explanation | undefined {
  const answer = answerOf(frame);
  if (answer) {
    if (asksForInput(exchange)) return inputRequired;
    return {
      lead: answer === 'result' ? 'The response.' : 'The call failed.',
      text: 'It is the last event of the stream that answers this POST. None of them has an id: what is lost on the way cannot be asked for again.',
      source: modern.sending,
    };
  }
  const message = frame.message;
  if (!message || !('method' in message)) return undefined;
  const { method } = message;
  if (method === 'notifications/subscriptions/acknowledged') {
    return {
      lead: 'The server says what it will send.',
      text: 'The first message of such a stream names the part of the wishes that is honoured. What is not in it will not come.',
      source: modern.subscriptions,
    };
  }
  if (isListening(exchange)) {
    return {
      lead: 'A notification that was asked for.',
      text: `\`${method}\` arrives on the stream of \`subscriptions/listen\`, and names that request in its \`_meta\`. While no stream is open it is lost.`,
      source: modern.subscriptions,
    };
  }
  return {
    lead: method === 'notifications/progress' ? 'Progress, while the call still runs.' : 'A message about this call.',
    text: 'With the first such message the answer became a stream. It has no event id: if the connection drops now, the call is cancelled.',
    source: modern.sending,
  };
}

function explainEnd(exchange: Exchange): Explanation | undefined {
  const by = exchange.end?.by;
  if (by === 'fault') {
    return {
      lead: 'A fault cut the connection.',
      text: 'To the server this is a client that left: the request is cancelled. No stream of this era can be resumed; the client asks again.',
      source: modern.cancellation,
    };
  }
  if (isListening(exchange)) {
    return {
      lead: by === 'client' ? 'The client stops listening.' : 'The server ends the subscription.',
      text: 'The connection was the whole of it: nothing is kept for a client that comes back later.',
      source: modern.subscriptions,
    };
  }
  if (by !== 'client') return undefined;
  return {
    lead: 'The client cancels.',
    text: 'In this era a closed connection is how a request is cancelled, and nothing else has to be sent.',
    source: modern.cancellation,
  };
}
