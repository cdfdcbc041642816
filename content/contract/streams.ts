import type { Section } from './rule.ts';

export const streams: Section = {
  letter: 'E',
  title: 'Streams',
  eras: ['handshake'],
  rules: [
    {
      id: 'E1',
      title: 'The first bytes',
      text:
        'An event stream has `content-type: text/event-stream`, `cache-control: no-cache, no-transform` and ' +
        '`x-accel-buffering: no`, and its first bytes leave at once. In a session of 2025-11-25 or later that can be ' +
        'resumed, the first event has `id`, `retry` and an empty `data:` line. Its id is where this connection starts; ' +
        'it is not kept and takes no number. Otherwise a comment comes first. A stream that cannot be resumed has no ids.',
    },
    {
      id: 'E2',
      title: 'GET',
      text:
        'GET opens the standalone stream, also where answers are JSON. A stateless server answers 405, a wrong `Accept` ' +
        '406, a missing id 400, an unknown one 404; then P8 and P9.',
    },
    {
      id: 'E3',
      title: 'A second GET',
      text:
        'It replaces the first: the older connection closes, and the session lives. More than three replacements in 10 s ' +
        'are two clients that take the stream from each other: 409 with `Retry-After`. A GET without `Last-Event-ID` ' +
        'starts after the last event that was written to any connection.',
    },
    {
      id: 'E4',
      title: 'Which message on which stream',
      text:
        'A message that belongs to a request goes to the stream of that request and to no other; after the response it is ' +
        'dropped, and traced. Everything else goes to the standalone stream. No message is sent on two streams.',
    },
    {
      id: 'E5',
      title: 'Broadcasts',
      text:
        '`list_changed` and log messages of the whole server reach the standalone stream of every session on every ' +
        'instance, once; log messages only from the level that the session asked for. `notifications/resources/updated` ' +
        'reaches the sessions that subscribed.',
    },
    {
      id: 'E6',
      title: 'Event ids',
      text:
        'An event id is `<stream>.<number>`, unique in its session. An event is logged first, which gives it its number, ' +
        'and then written. CR, LF and NUL cannot enter `id` or `event`.',
    },
    {
      id: 'E7',
      title: 'A broken connection',
      text: 'It ends the connection and never the session. What nobody reads stays in the event log, within its bounds.',
    },
    {
      id: 'E8',
      title: 'Hanging up on purpose',
      text:
        'A handler may close the connection of its stream and go on working. `retry` is sent first, and the client comes ' +
        'back for the rest. Before 2025-11-25, and where nothing can be resumed, it has no effect.',
    },
    {
      id: 'E9',
      title: 'Slow readers',
      text:
        'A connection takes events from the log as its socket drains; an event that is too large goes alone. It is closed ' +
        'after 10 s without progress, or when the log no longer has what it must read next. As long as it makes ' +
        'progress the log keeps up to `maxBufferedBytes` more for it. 20 000 notifications of 10 kB to a reader that has ' +
        'stalled grow the process by 16 MB at most.',
    },
    {
      id: 'E10',
      title: 'The last event',
      text:
        "The last event of a request's stream is its response; of an array's, the last of its responses. Then the stream " +
        'ends.',
    },
  ],
};

export const resuming: Section = {
  letter: 'R',
  title: 'Resuming',
  eras: ['handshake'],
  rules: [
    {
      id: 'R1',
      title: 'Last-Event-ID',
      text:
        'GET with `Last-Event-ID` replays what followed on that one stream, in order, without gap or duplicate, and goes ' +
        'on live. This holds for the stream of a POST and for the standalone one, whether or not it has ended. When it has ' +
        'ended and nothing is left: 405, the only answer after which the official clients stop asking. 404 would mean ' +
        'that the session is lost.',
    },
    {
      id: 'R2',
      title: 'What is no longer there',
      text:
        'An id that is malformed, or names no event of this session: 400. Where events were dropped meanwhile, the ' +
        "stream of a request yields its response, which is kept longest, or else an error with the request's id, and " +
        'ends. The standalone stream goes on after a comment and one notification for each thing that the session ' +
        'follows: `list_changed`, `notifications/resources/updated`.',
    },
    {
      id: 'R3',
      title: 'Two connections',
      text: "Resuming replaces the stream's previous connection, wherever that is.",
    },
    {
      id: 'R4',
      title: 'What is kept',
      text:
        'At the bound of the session its oldest finished streams go first. A stream that is finished and fully written ' +
        'goes after 30 s. The newest event and the response stay even beyond the bound. JSON answers are not kept.',
    },
  ],
};
