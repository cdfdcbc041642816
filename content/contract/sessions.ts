import type { Section } from './rule.ts';

export const sessions: Section = {
  letter: 'S',
  title: 'Sessions',
  eras: ['handshake'],
  rules: [
    {
      id: 'S1',
      title: 'What keeps one alive',
      text:
        'A message, an open connection and a request that still runs are use. A session that has any of them does not ' +
        'expire.',
    },
    {
      id: 'S2',
      title: 'Expiry',
      text:
        'Expiry is exact: a request to a session whose time is up finds it gone. Sessions that nobody asks for are swept ' +
        'in the background. Either way the session ends as in S3.',
    },
    {
      id: 'S3',
      title: 'What ending one does',
      text:
        'Ending a session, by DELETE or by expiry, closes its streams, aborts its handlers, rejects what they asked the ' +
        'client, and frees its memory. 10 000 sessions that were opened, used and ended leave only the notes of P7.',
    },
    {
      id: 'S4',
      title: 'DELETE',
      text:
        'DELETE is answered 200 without a body; without an id 400, with an unknown one 404, by a stateless server 405. ' +
        'From then on the id is answered 404 by every instance.',
    },
    {
      id: 'S5',
      title: 'Data only',
      text:
        'The record of a session is data that can be written as JSON: client, capabilities, version, log level, ' +
        'subscriptions, origin, principal. So any backplane can hold it.',
    },
    {
      id: 'S6',
      title: 'Ids',
      text:
        'A new id that is that of a live session, or of one that has just ended, is made once more; a second collision is ' +
        'answered 500. No session is ever overwritten. Ids are masked wherever they are traced or logged.',
    },
  ],
};

export const asking: Section = {
  letter: 'C',
  title: 'Asking the client',
  eras: ['handshake'],
  rules: [
    {
      id: 'C1',
      title: 'Where a question travels',
      text:
        'A request to the client (sampling, elicitation, roots, ping) travels on the stream of the request that caused it, ' +
        'otherwise on the standalone stream. Its id names the instance. The response may be POSTed to any instance and ' +
        'reaches the handler that waits. The first one counts; one from another session is ignored.',
    },
    {
      id: 'C2',
      title: 'What cannot be asked',
      text:
        'A question is refused at once, with the reason, when the client did not declare the capability, when the server ' +
        'is stateless, and when answers are JSON.',
    },
    {
      id: 'C3',
      title: 'Nobody reads',
      text: 'The question waits in the event log until the client resumes or the time is up.',
    },
    {
      id: 'C4',
      title: 'The time is up',
      text:
        'After `clientRequestTimeoutMs`, or when the request that caused it is cancelled, `notifications/cancelled` goes ' +
        'to the client and the handler is told.',
    },
    { id: 'C5', title: 'The session ends', text: 'The handler is told at once.' },
  ],
};
