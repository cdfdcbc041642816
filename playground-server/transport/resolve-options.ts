import { defaultEventLog, optionTable } from './option-table.ts';
import type { Options, TransportOptions } from './options.ts';

/**
 * Fills in the defaults.
 * @throws TypeError naming the option, its value and what is allowed; an unknown option with the nearest name
 */
export function resolveOptions(given: TransportOptions): Options {
  if (typeof given !== 'object' || given === null) throw new TypeError('Options must be an object with a handler.');
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(optionTable, name))
      throw new TypeError(`Unknown option ${name}. Did you mean ${nearestOption(name)}?`);
  }
  const resolved: Record<string, unknown> = {};
  for (const [name, entry] of Object.entries(optionTable)) {
    const value: unknown = given[name as keyof TransportOptions];
    if (value === undefined) {
      if (!entry.byDefault) throw new TypeError(`Option ${name} is required: ${entry.allowed}.`);
      resolved[name] = entry.byDefault();
    } else {
      if (!entry.isAllowed(value))
        throw new TypeError(`Option ${name} is ${show(name, value)}; allowed: ${entry.allowed}.`);
      resolved[name] = value;
    }
  }
  const options = resolved as unknown as Options;
  if (options.eventLog) options.eventLog = { ...defaultEventLog, ...options.eventLog };
  // Nobody could come back for it: streams carry no ids (rule E1), and no handler may hang up (rule E8).
  if (options.stateless) options.eventLog = null;
  // A name that no response would carry, or a header without a value, is a mistake worth hearing of at start.
  if ((options.instanceHeader === null) !== (options.instanceName === null)) {
    throw new TypeError('Options instanceHeader and instanceName belong together: set both, or neither.');
  }
  if (options.stateless && given.sessionIdleTimeoutMs !== undefined) {
    throw new TypeError('Option sessionIdleTimeoutMs has no meaning with stateless: there is no session to expire.');
  }
  if (options.maxSessionsPerPrincipal !== null || options.maxListenPerPrincipal !== null) {
    if (!options.principal) {
      throw new TypeError('Options maxSessionsPerPrincipal and maxListenPerPrincipal need the option principal.');
    }
  }
  return options;
}

function show(name: string, value: unknown): string {
  if (typeof value === 'function') return 'a function';
  // Keys are secrets: an error message ends up in a log.
  if (name === 'requestStateKeys') return Array.isArray(value) ? `a list of ${value.length}` : typeof value;
  if (typeof value === 'bigint' || typeof value === 'symbol' || typeof value === 'number') return String(value);
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    // A circle, or a bigint inside: the name of the option must be heard all the same.
    return 'an object';
  }
}

function nearestOption(name: string): string {
  const names = Object.keys(optionTable);
  return names.reduce((best, candidate) => (distance(name, candidate) < distance(name, best) ? candidate : best));
}

/** Edits between two words (Levenshtein), case ignored. */
function distance(a: string, b: string): number {
  const [left, right] = [a.toLowerCase(), b.toLowerCase()];
  let row = Array.from({ length: right.length + 1 }, (_, i) => i);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const swap = (row[j - 1] as number) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[right.length] as number;
}
