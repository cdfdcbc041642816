/** The table of errors as the pages show it: grouped, with the page that says what to do where there is one. */

import type { Era } from '../../content/contract/rule.ts';
import { erasOf, findRule } from '../../content/contract/rules.ts';
import { type ErrorEntry, type ErrorName, errors } from '../../playground-server/transport/errors.ts';

export interface ShownError extends ErrorEntry {
  name: ErrorName;
  eras: readonly Era[];
  /** A page that goes further than the message. */
  fix?: { href: string; label: string };
}

/** Pages about an error, as far as they exist. */
const fixes: Partial<Record<ErrorName, { href: string; label: string }>> = {
  sessionIdMissing: {
    href: '/fix/session-not-found/#the-exact-words',
    label: 'the same in the words of other servers',
  },
  sessionNotFound: { href: '/fix/session-not-found/', label: '404 "Session not found"' },
  sessionForbidden: { href: '/understand/sessions/#the-id', label: 'the id is no login' },
  versionNotSupported: { href: '/understand/sessions/#which-requests-carry-it', label: 'the two headers of a session' },
  initializeInSession: { href: '/understand/sessions/#the-id', label: 'who makes the id' },
  tooManySessions: { href: '/understand/sessions/#caps', label: 'who goes first at the cap' },
  tooManySessionsOfPrincipal: { href: '/understand/sessions/#caps', label: 'caps' },
};

/** All of them, in the order of the table. */
export const shownErrors: readonly ShownError[] = (Object.entries(errors) as [ErrorName, ErrorEntry][]).map(
  ([name, entry]) => {
    const fix = fixes[name];
    return { ...entry, name, eras: erasOf(entry.rule), ...(fix && { fix }) };
  },
);

export const errorHref = (name: ErrorName): string => `/reference/errors/#${name}`;

/**
 * Those whose rule is in one of these sections.
 * @param letters of sections of the contract, separated by spaces
 * @throws when there are none
 */
export function errorsOfSections(letters: string): ShownError[] {
  const wanted = letters.split(' ');
  const shown = shownErrors.filter(({ rule }) => wanted.includes(findRule(rule).section.letter));
  if (shown.length === 0) throw new Error(`No error has a rule of section ${letters}`);
  return shown;
}

/** @throws when the transport has no such status */
export function errorsOfStatus(status: number): ShownError[] {
  const shown = shownErrors.filter((error) => error.status === status);
  if (shown.length === 0) throw new Error(`No error has the status ${status}`);
  return shown;
}

/** A message cut at its placeholders, which keep their braces. */
export const messageParts = (message: string): string[] => message.split(/(\{\w+\})/).filter((part) => part !== '');

/** What is filled in, by the word in braces. */
export const placeholders: Readonly<Record<string, string>> = {
  host: 'the `Host` that was sent, quoted',
  allowed: 'the option `allowedHosts`',
  origin: 'the `Origin` that was sent, quoted',
  verb: 'the HTTP method that was sent',
  version: 'the version that was sent, quoted',
  needed: '`application/json, text/event-stream`, or the first alone where `enableJsonResponse` is set',
  maxBytes: 'the option `maxRequestBytes`',
  timeoutMs: 'the option `bodyTimeoutMs`',
  maxDepth: 'the option `maxJsonDepth`',
  why: 'what exactly is wrong',
  supported: 'the versions that this server speaks',
  max: 'the option that sets the bound, such as `maxSessions` or `maxInFlight`',
  id: 'the id of the request',
  eventId: 'the `Last-Event-ID` that was sent, quoted',
  method: 'the method that was called',
  capabilities: 'what is missing, as the client would declare it',
};
