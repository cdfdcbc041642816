import { bothEras, type Section } from './rule.ts';

/** In the order in which they are looked at. */
export const posts: Section = {
  letter: 'P',
  title: 'POST',
  eras: ['handshake'],
  rules: [
    {
      id: 'P1',
      title: 'Accept',
      eras: bothEras,
      text:
        '`Accept` must admit both `application/json` and `text/event-stream`; with `enableJsonResponse` the first is ' +
        'enough. `*/*`, `application/*` and `text/*` count, and `q=0` excludes. Otherwise, and without the header: 406.',
    },
    {
      id: 'P2',
      title: 'Content-Type',
      eras: bothEras,
      text:
        'A `Content-Type` other than `application/json` is answered 415; parameters such as `charset` are allowed. So is ' +
        'any `Content-Encoding`.',
    },
    {
      id: 'P3',
      title: 'Size and time of the body',
      eras: bothEras,
      text:
        'A body longer than `maxRequestBytes`, by its `Content-Length` or by counting, is answered 413; one that is not ' +
        'complete after `bodyTimeoutMs`, 408. Both close the connection.',
    },
    {
      id: 'P4',
      title: 'JSON',
      eras: bothEras,
      text: 'A body that is not UTF-8, not JSON, or nested deeper than `maxJsonDepth`: 400, code -32700.',
    },
    {
      id: 'P5',
      title: 'JSON-RPC',
      eras: bothEras,
      text:
        'JSON that is no JSON-RPC request, notification or response: 400, code -32600. An id is any string or any ' +
        'integer that a double holds exactly; never null.',
    },
    {
      id: 'P7',
      title: 'The session id',
      text:
        'No id, or an empty one, where one is needed: 400. An id that is unknown, expired or ended: 404, code -32001, ' +
        'with `data.reason`. Why a session ended is remembered for 5 minutes, for at most 10 000 sessions, and told only ' +
        'to the principal that had it; for everyone else the reason is `unknown`.',
    },
    {
      id: 'P8',
      title: 'The version header',
      text:
        'An `MCP-Protocol-Version` that the server does not speak: 400. Without the header, or with another version than ' +
        'the one agreed on, the request is accepted and the agreed version holds. This goes for GET and DELETE too.',
    },
    {
      id: 'P9',
      title: 'Whose session',
      text:
        'A live session is refused with 403 to another principal, to another `Origin` than the one that opened it (where ' +
        'both requests had one), and where `authorizeSession` says false. This goes for GET and DELETE too. Where ' +
        '`principal` itself refuses the caller, the answer is 401 with `WWW-Authenticate`.',
    },
    {
      id: 'P6',
      title: 'Arrays',
      text:
        'An array of messages is served in a session of 2025-03-26 only; a stateless server goes by the version header, ' +
        'and takes a missing one for 2025-03-26. It holds at most `maxBatch` messages, no `initialize` and no id ' +
        'twice. Otherwise: 400. An array without requests is answered 202; one with requests gets a stream that ends ' +
        'after the last response.',
    },
    {
      id: 'P10',
      title: 'initialize',
      text:
        '`initialize` is checked, and what is wrong with it is told with code -32602. A version that the server does not ' +
        'speak is answered with 2025-11-25. The answer is always one JSON object. A failed one is HTTP 200 with an ' +
        'error, has no session header and leaves nothing behind. An id that the client brings is never adopted; the id ' +
        'of a live session is refused with 400.',
    },
    {
      id: 'P11',
      title: 'The cap',
      text:
        'At `maxSessions`, sessions that have expired go first, then those without a second message for 60 s. Still full: ' +
        '503 with `Retry-After`. `maxSessionsPerPrincipal` is answered in the same way.',
    },
    {
      id: 'P12',
      title: 'Notifications and responses',
      text: 'Both are answered 202 without a body, and both keep the session alive.',
    },
    {
      id: 'P13',
      title: 'One id, twice in flight',
      text:
        'Some clients give every request the id 1. Each is served, on a stream of its own, and `notifications/cancelled` ' +
        "means all of them. With `duplicateRequestIds: 'reject'` the second is answered 409, on whichever instance it " +
        'arrives. `1` and `"1"` are two ids.',
    },
    {
      id: 'P14',
      title: 'Requests',
      text:
        'A request is answered with an event stream, or with one JSON object where `enableJsonResponse` is set. An error ' +
        'of the handler is the answer to a request that HTTP delivered well: status 200.',
    },
    {
      id: 'P15',
      title: 'Cancelling',
      text: '`notifications/cancelled` aborts the request it names, wherever that runs. Its stream ends without a response.',
    },
    {
      id: 'P16',
      title: 'Disconnecting',
      text:
        'A connection that goes away does not cancel its request. The request runs on, and its result goes to the event ' +
        'log, where the client finds it on resuming.',
    },
    {
      id: 'P17',
      title: 'Too many at once',
      text:
        'A request beyond `maxInFlight` of its session is answered 429, a stream beyond `maxStreams` 503. Both have ' +
        '`Retry-After`.',
    },
  ],
};
