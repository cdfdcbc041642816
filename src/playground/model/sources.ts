/** The places in the specification that the explanations rest on. */

export interface Source {
  /** Revision, page and section. */
  text: string;
  href: string;
}

const specification = 'https://modelcontextprotocol.io/specification/2025-11-25';

function source(page: string, section: string, path: string): Source {
  return { text: `2025-11-25 · ${page} · ${section}`, href: `${specification}/${path}` };
}

export const sources = {
  sending: source('Transports', 'Sending Messages to the Server', 'basic/transports#sending-messages-to-the-server'),
  listening: source(
    'Transports',
    'Listening for Messages from the Server',
    'basic/transports#listening-for-messages-from-the-server',
  ),
  resuming: source('Transports', 'Resumability and Redelivery', 'basic/transports#resumability-and-redelivery'),
  sessions: source('Transports', 'Session Management', 'basic/transports#session-management'),
  initialization: source('Lifecycle', 'Initialization', 'basic/lifecycle#initialization'),
  progress: source('Progress', 'Progress Flow', 'basic/utilities/progress#progress-flow'),
  tools: source('Tools', 'Listing Tools', 'server/tools#listing-tools'),
  listChanged: source('Tools', 'List Changed Notification', 'server/tools#list-changed-notification'),
  multiple: source('Transports', 'Multiple Connections', 'basic/transports#multiple-connections'),
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
  eventStream: {
    text: 'WHATWG HTML · Server-sent events · Authoring notes',
    href: 'https://html.spec.whatwg.org/multipage/server-sent-events.html#authoring-notes',
  },
} as const satisfies Record<string, Source>;
