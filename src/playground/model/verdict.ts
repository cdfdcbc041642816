/** Who decided what about an exchange, in order: the router, then the process it chose. */

import type { SessionMissingReason } from '../../../playground-server/transport/trace.ts';
import type { Exchange } from './exchanges.ts';

export interface Verdict {
  who: string;
  /** One plain sentence or two. Words between backticks are code. */
  says: string;
  bad: boolean;
}

const missingBecause: Readonly<Record<SessionMissingReason, string>> = {
  unknown: 'no such id was ever in its table, as far as it remembers',
  deleted: 'it was there, and a DELETE ended it',
  expired: 'it was there, and was ended after too long without use',
  evicted: 'it was there, and made room for a newer one',
  closed: 'it was there, and ended when the transport was closed',
};

/** What was decided so far: nothing is listed that the log does not show. */
export function verdictsOf(exchange: Exchange, shared = false): Verdict[] {
  const table = shared ? 'the shared table' : 'the table here';
  const verdicts: Verdict[] = [];
  const { process, why, connection, mark, refused, failed, owner } = exchange;
  if (process !== undefined && why !== undefined) {
    const came = connection === undefined ? '' : `The request came on connection \`${connection}\`. `;
    verdicts.push({ who: 'router', says: `${came}${why}`, bad: false });
  }
  const who = process ?? 'router';
  if (mark?.kind === 'missing') {
    const elsewhere =
      owner !== undefined && owner !== process ? ` \`${owner}\` opened it, and no other process ever had it.` : '';
    verdicts.push({
      who,
      says: `Session \`${mark.session}\` is not here: ${missingBecause[mark.reason ?? 'unknown']}.${elsewhere}`,
      bad: true,
    });
  } else if (mark?.kind === 'born') {
    verdicts.push({ who, says: `Session \`${mark.session}\` is made, and written into ${table}.`, bad: false });
  } else if (mark?.kind === 'found') {
    verdicts.push({ who, says: `Session \`${mark.session}\` is in ${table}.`, bad: false });
  } else if (mark?.kind === 'ended') {
    verdicts.push({ who, says: `Session \`${mark.session}\` was in ${table}, and is gone now.`, bad: false });
  }
  if (refused) {
    verdicts.push({ who, says: `Refused by rule ${refused.rule} of the transport: ${refused.message}`, bad: true });
  } else if (exchange.response && exchange.response.status < 400 && mark) {
    verdicts.push({ who, says: 'Every guard let the request pass.', bad: false });
  }
  if (failed !== undefined) verdicts.push({ who: 'router', says: failed, bad: true });
  return verdicts;
}
