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
  eventStream: {
    text: 'WHATWG HTML · Server-sent events · Authoring notes',
    href: 'https://html.spec.whatwg.org/multipage/server-sent-events.html#authoring-notes',
  },
} as const satisfies Record<string, Source>;
