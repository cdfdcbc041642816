/** What a row without an arrow means, in one plain sentence or two. */

import type { Explanation } from './explain.ts';
import type { NoteRow } from './rows.ts';
import { sources } from './sources.ts';

export function explainNote(row: NoteRow, shared: boolean): Explanation {
  const at = row.at === undefined ? '' : `\`${row.at}\``;
  switch (row.note) {
    case 'kill':
      return {
        lead: 'Somebody asked for this.',
        text: /SIGKILL/.test(row.text)
          ? `SIGKILL ends ${at} where it stands: it cannot refuse, and has no moment to tell anyone or save anything.`
          : `SIGTERM asks ${at} to stop: it may finish what it has begun, and then ends.`,
        source: sources.signals,
      };
    case 'exit':
      return {
        lead: 'A process ended, and its memory with it.',
        text: shared
          ? `Its connections broke. The sessions and what was logged of their streams are in the store: any other process goes on with them. What ${at} was running ends with an error on its stream, once the others have missed its heartbeat for five seconds.`
          : `Every session and stream that ${at} held is gone. No other process has a copy, so that no answer but 404 is left for their ids.`,
        source: sources.exit,
      };
    case 'successor':
      return {
        lead: 'The same name, another process.',
        text: shared
          ? `The supervisor started a successor under a new pid. It reads each session from the store when a request names it.`
          : `The supervisor started a successor under a new pid. Its table begins empty: it takes ${at}'s place in the router's round, and none of its sessions.`,
        source: sources.exit,
      };
    case 'connection':
      return /kept/.test(row.text)
        ? {
            lead: 'The router now chooses once for each connection.',
            text: 'All that follows on a connection goes to the same process, as behind a balancer that works on connections. A client that keeps its connection open then finds its session each time, and the fault hides.',
            source: sources.persistence,
          }
        : {
            lead: 'The router now chooses for each request.',
            text: 'Each request may reach another process, whatever connection it came on.',
            source: sources.persistence,
          };
    case 'fault':
      return explainFault(row);
    case 'emit':
      return {
        lead: 'A notification that no request caused.',
        text: `${at} tells everyone it knows: a session's standalone stream, or a stream of \`subscriptions/listen\`. Clients that another process serves hear nothing.`,
        source: sources.listening,
      };
    case 'trace-missing':
      return {
        lead: 'Part of this log is missing.',
        text: `What ${at} did last reached nobody: the rows here may stop short of what happened.`,
        source: sources.exit,
      };
    case 'session-over':
      return {
        lead: 'The server ended a session by itself.',
        text: 'It may, at any time; from then on the id is answered 404, and the client opens a new session.',
        source: sources.sessions,
      };
    case 'stream-replaced':
      return {
        lead: 'A newer connection took the stream over.',
        text: 'The older one ends; each message is sent on one of them alone.',
        source: sources.multiple,
      };
    case 'message-dropped':
      return {
        lead: 'A message had no stream to travel on.',
        text: 'What it belonged to was over before it was sent.',
        source: sources.multiple,
      };
    case 'log-gap':
    case 'lab-over':
      return { lead: 'A remark.', text: row.text };
  }
}

function explainFault({ text }: NoteRow): Explanation {
  if (/the store can/.test(text)) {
    return {
      lead: 'The outage is over.',
      text: 'What was kept back is logged now, in its order, and written. What processes told one another meanwhile is lost, so that each looks anew.',
    };
  }
  if (/the store/.test(text)) {
    return {
      lead: 'The store is out of reach, of this lab alone.',
      text: 'Requests of a session are answered 503 with `Retry-After`. Modern requests need no store and go on. Open streams are held: nothing is written that is not logged.',
    };
  }
  if (/taken back$/.test(text)) {
    return {
      lead: 'A fault is taken back.',
      text: 'It ends with the next exchange. An answer that began under the fault keeps it to its end.',
    };
  }
  if (/held back/.test(text)) {
    return {
      lead: 'The router now behaves like a proxy that buffers.',
      text: 'It passes nothing of an answer on until so many bytes are there, or the answer is complete. Events that were written one by one arrive together.',
      source: sources.buffering,
    };
  }
  if (/quiet/.test(text)) {
    return {
      lead: 'The router now cuts what is quiet.',
      text: 'A proxy with a read timeout does this to a stream on which nothing moves. The stream itself lives on: the client comes back with `Last-Event-ID`.',
      source: sources.resuming,
    };
  }
  if (/waits/.test(text)) {
    return { lead: 'The way is longer now.', text: 'Every request waits this long before it goes to a process.' };
  }
  if (/expires/.test(text)) {
    return {
      lead: 'A session ends before its time.',
      text: 'As if nobody had used it for too long: from now on its id is answered 404.',
      source: sources.sessions,
    };
  }
  return {
    lead: 'A connection is cut in the middle.',
    text: 'The client must not take this for an answer, nor for a cancellation: the request goes on, and its events wait.',
    source: sources.sending,
  };
}
