/** The places in the specification that the explanations rest on. */

export interface Source {
  /** Revision, page and section. */
  text: string;
  href: string;
}

const specification = 'https://modelcontextprotocol.io/specification';

function source(page: string, section: string, path: string): Source {
  return { text: `2025-11-25 · ${page} · ${section}`, href: `${specification}/2025-11-25/${path}` };
}

function modernSource(page: string, section: string, path: string): Source {
  const words = section === '' ? page : `${page} · ${section}`;
  return { text: `2026-07-28 · ${words}`, href: `${specification}/2026-07-28/${path}` };
}

const modernTransport = 'basic/transports/streamable-http';

export const sources = {
  sending: source('Transports', 'Sending Messages to the Server', 'basic/transports#sending-messages-to-the-server'),
  listening: source(
    'Transports',
    'Listening for Messages from the Server',
    'basic/transports#listening-for-messages-from-the-server',
  ),
  resuming: source('Transports', 'Resumability and Redelivery', 'basic/transports#resumability-and-redelivery'),
  sessions: source('Transports', 'Session Management', 'basic/transports#session-management'),
  version: source('Transports', 'Protocol Version Header', 'basic/transports#protocol-version-header'),
  initialization: source('Lifecycle', 'Initialization', 'basic/lifecycle#initialization'),
  progress: source('Progress', 'Progress Flow', 'basic/utilities/progress#progress-flow'),
  tools: source('Tools', 'Listing Tools', 'server/tools#listing-tools'),
  listChanged: source('Tools', 'List Changed Notification', 'server/tools#list-changed-notification'),
  multiple: source('Transports', 'Multiple Connections', 'basic/transports#multiple-connections'),
  modern: {
    sending: modernSource('Streamable HTTP', 'Receiving Messages', modernTransport),
    metadata: modernSource('Streamable HTTP', 'Request Metadata', `${modernTransport}#request-metadata`),
    cancellation: modernSource('Streamable HTTP', 'Cancellation', modernTransport),
    subscriptions: modernSource('Subscriptions', '', 'basic/patterns/subscriptions'),
    inputs: modernSource('Multi Round-Trip Requests', '', 'basic/patterns/mrtr'),
    discovery: modernSource('Versioning', '', 'basic/versioning'),
  },
  elicitation: {
    text: '2025-11-25 · Elicitation',
    href: `${specification}/2025-11-25/client/elicitation`,
  },
  fork: {
    text: 'POSIX.1-2024 · fork',
    href: 'https://pubs.opengroup.org/onlinepubs/9799919799/functions/fork.html',
  },
  exit: {
    text: 'POSIX.1-2024 · Consequences of Process Termination',
    href: 'https://pubs.opengroup.org/onlinepubs/9799919799/functions/_Exit.html',
  },
  signals: {
    text: 'POSIX.1-2024 · Signal Concepts',
    href: 'https://pubs.opengroup.org/onlinepubs/9799919799/functions/V2_chap02.html#tag_16_04',
  },
  persistence: {
    text: 'RFC 9112 · 9.3 Persistence',
    href: 'https://www.rfc-editor.org/rfc/rfc9112#section-9.3',
  },
  gateway: {
    text: 'RFC 9110 · 15.6.3 502 Bad Gateway',
    href: 'https://www.rfc-editor.org/rfc/rfc9110#section-15.6.3',
  },
  buffering: {
    text: 'nginx · ngx_http_proxy_module · proxy_buffering',
    href: 'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering',
  },
  eventStream: {
    text: 'WHATWG HTML · Server-sent events · Authoring notes',
    href: 'https://html.spec.whatwg.org/multipage/server-sent-events.html#authoring-notes',
  },
} as const satisfies Record<string, Source | Record<string, Source>>;
