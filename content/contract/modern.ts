import type { Section } from './rule.ts';

export const modern: Section = {
  letter: 'M',
  title: 'The modern era',
  eras: ['modern'],
  rules: [
    {
      id: 'M0',
      title: 'The order of checks',
      text:
        'After P1 to P5, in this order: no version in `_meta` (-32602, or -32022 when the header names one that is not ' +
        'spoken); a header that differs from it (-32020); a version that is not spoken (-32022); the rest of M3; ' +
        '`Mcp-Method` and `Mcp-Name`; M7; M6; M14.',
    },
    {
      id: 'M1',
      title: 'One verb',
      text:
        'POST only: GET and DELETE are answered 405. `Mcp-Session-Id` and `Last-Event-ID` are ignored and never sent ' +
        'back. An array: 400.',
    },
    {
      id: 'M2',
      title: 'Notifications and responses',
      text: 'A notification is answered 202 and needs none of the headers. A response is answered 400.',
    },
    {
      id: 'M3',
      title: 'What _meta holds',
      text:
        'A request has the version (a string) and the capabilities of the client (an object) in `params._meta`: else 400, ' +
        'code -32602. Who the client is may be left out.',
    },
    {
      id: 'M4',
      title: 'Versions',
      text:
        'A version that is not spoken: 400, code -32022. `data.supported` is the very list that `server/discover` gives, ' +
        '`data.requested` what was asked for.',
    },
    {
      id: 'M5',
      title: 'The mirrored headers',
      text:
        '`MCP-Protocol-Version`, `Mcp-Method` and, where the method has a name or a URI, `Mcp-Name` are there and say what ' +
        'the body says, case included, once `=?base64?…?=` is decoded: else 400, code -32020.',
    },
    {
      id: 'M6',
      title: 'Mirrored arguments',
      text:
        'An argument that the tool marks with `x-mcp-header` stands in `Mcp-Param-<name>` too. Missing, different, badly ' +
        'encoded, or there without the argument: 400, code -32020. Integers are compared as numbers. Headers that the ' +
        'tool does not declare are ignored. An invalid mark throws when the tool is registered.',
    },
    {
      id: 'M7',
      title: 'Unknown methods',
      text: 'A method that is unknown, or that this era removed: 404, code -32601.',
    },
    {
      id: 'M8',
      title: 'Statuses',
      text:
        'An error of the transport has a status: 404 for -32601, 400 for -32020, -32021, -32022, -32700, -32600 and ' +
        "-32602. A handler's own errors are 200, but for -32021. A stream that has begun stays 200.",
    },
    {
      id: 'M9',
      title: 'Results',
      text:
        'Every result has `resultType`, and who the server is in `_meta`. Those that a client may keep have `ttlMs` and ' +
        '`cacheScope`.',
    },
    {
      id: 'M10',
      title: 'When an answer is a stream',
      text:
        'A request that notifies becomes an event stream while it runs, and each notification is sent when it is made. ' +
        'So does one that is still silent after `keepAliveMs`. Every other answer is one JSON object.',
    },
    {
      id: 'M11',
      title: 'Disconnecting',
      text: 'Closing the connection cancels the request, also before the first byte of the answer. Nothing more is sent for it.',
    },
    {
      id: 'M12',
      title: 'Log messages',
      text: 'They flow from the `logLevel` in `_meta` upwards, and without it not at all.',
    },
    {
      id: 'M13',
      title: 'server/discover',
      text: 'It gives versions, capabilities and who the server is, and needs no request before it.',
    },
    {
      id: 'M14',
      title: 'Capabilities',
      text:
        'Where the handler needs a capability that the client did not declare: 400, code -32021, with ' +
        '`data.requiredCapabilities`.',
    },
  ],
};

export const subscriptions: Section = {
  letter: 'L',
  title: 'subscriptions/listen',
  eras: ['modern'],
  rules: [
    {
      id: 'L1',
      title: 'What it needs',
      text:
        'It is a request with an id (else 400, code -32600) and an object `notifications` (else 400, code -32602). Beyond ' +
        '`maxListenStreams` or `maxListenPerPrincipal`: 503 with `Retry-After`.',
    },
    {
      id: 'L2',
      title: 'The acknowledgement',
      text: 'It comes first and names what is honoured. Every message on the stream carries the id of the subscription.',
    },
    {
      id: 'L3',
      title: 'Whose stream',
      text: 'Streams are told apart by their connection, not by the id of the request: all clients may use id 1.',
    },
    {
      id: 'L4',
      title: 'Delivery',
      text:
        'What any instance emits reaches every stream that asked for it, on every instance, once. When messages between ' +
        'instances may have been lost, each stream gets one notification for each type it follows.',
    },
    {
      id: 'L5',
      title: 'Slow readers',
      text: 'A stream whose buffer is full ends. Its place is freed before that.',
    },
    {
      id: 'L6',
      title: 'Shutting down',
      text: 'The result of the request is sent, then `notifications/cancelled`, then the connection closes.',
    },
  ],
};

export const inputRequired: Section = {
  letter: 'I',
  title: 'Input-required results',
  eras: ['modern'],
  rules: [
    {
      id: 'I1',
      title: 'Who may ask',
      text:
        'Only `tools/call`, `prompts/get` and `resources/read` are answered with questions, and only with those that the ' +
        'client declared it can answer.',
    },
    {
      id: 'I2',
      title: 'requestState is sealed',
      text:
        'It is encrypted with AES-256-GCM, and bound to method, target, arguments, principal, server and a time. What ' +
        'fails to open is answered 400, code -32602, with one message for every cause. A handler may ask that it be used ' +
        'once.',
    },
    {
      id: 'I3',
      title: 'On any instance',
      text: 'It opens on every instance that has the keys, under any of them.',
    },
    {
      id: 'I4',
      title: 'One handler for both eras',
      eras: ['handshake', 'modern'],
      text: 'The same code asks in both. In the handshake era each question is sent as a request to the client.',
    },
    {
      id: 'I5',
      title: 'Answers are checked',
      text:
        'Keys that were not asked for are ignored. What is missing, or does not fit its schema, is asked for again. No ' +
        'answer reaches the handler unchecked.',
    },
  ],
};
