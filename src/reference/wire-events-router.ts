/** What the router reports. */

import type { RouterEvent } from '../../playground-server/lab/wire.ts';
import { field, maybe, type WireTable } from './wire-event.ts';

const headers = field('[[name, value], …]', 'As sent, credentials as `…` and session ids masked.');

export const routerEvents: WireTable<RouterEvent['type']> = {
  'request-arrived': {
    about: 'The head of a request is here.',
    fields: {
      method: field('string', 'The verb.'),
      target: field('string', 'The path, with `…` for the id of the lab.'),
      headers,
      client: field('string', '`browser`, or what its `User-Agent` begins with, such as `curl`; else `unknown`.'),
    },
  },
  'request-body': {
    about: 'Its body is here, whole.',
    fields: {
      body: field('string', 'Cut after 16 kB.'),
      bodyBytes: field('number', 'The full size.'),
      truncated: maybe('true', '`body` was cut.'),
    },
  },
  'process-chosen': {
    about: 'The router chose who answers.',
    fields: {
      process: field('"p1" … "p4"', 'The chosen process.'),
      why: field('string', 'The reason, in a sentence.'),
    },
  },
  'response-head': {
    about: 'Status and headers have left for the client.',
    fields: { status: field('number', 'The status of HTTP.'), headers },
  },
  'bytes-forwarded': {
    about: 'Part of the body has left for the client, in exactly this chunk.',
    fields: {
      text: field('string', 'The chunk. Cut after 16 kB.'),
      bytes: field('number', 'Its full size.'),
      truncated: maybe('true', '`text` was cut.'),
    },
  },
  'response-end': {
    about: 'The exchange is over.',
    fields: {
      by: field(
        '"server", "client" or "fault"',
        'Who ended it: the answer was complete, the client left, or an injected fault.',
      ),
    },
  },
  'process-failed': {
    about: 'The process could not be reached, or died before its answer was complete. The client gets a 502.',
    fields: {
      process: field('"p1" … "p4"', 'The process that was chosen.'),
      why: field('string', 'What happened, in a sentence.'),
    },
  },
};
