/**
 * The header rules that every request passes before anything else looks at it. Pure functions of their input.
 *
 * A page that rebinds its own host name to 127.0.0.1 can reach a local server, but it cannot forge these two headers
 * (2025-11-25, Transports, Streamable HTTP, Security Warning).
 */

/** Names of this machine, as `Host` bears them. */
export const loopbackHosts: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

export interface HostName {
  /** Lower case; IPv6 in brackets. */
  name: string;
  /** Empty when absent. */
  port: string;
}

/** Splits `example.com:8080` and `[::1]:8080`; `undefined` when it is neither. */
export function parseHost(host: string): HostName | undefined {
  const match = /^(\[[0-9a-f:.]+\]|[^\s:/?#@[\]\\,]+)(?::(\d{1,5}))?$/i.exec(host);
  return match ? { name: (match[1] as string).toLowerCase(), port: match[2] ?? '' } : undefined;
}

/** An allowed host is a bare name, for any port, or `name:port`, for that one (rule O1). */
export function isHostAllowed(host: string, allowed: readonly string[]): boolean {
  const given = parseHost(host);
  if (!given) return false;
  return allowed.some((entry) => {
    const wanted = parseHost(entry);
    return wanted?.name === given.name && (wanted.port === '' || wanted.port === given.port);
  });
}

interface OriginParts extends HostName {
  scheme: string;
}

/** `null`, and whatever is not `scheme://host[:port]`, is no origin that could be allowed. */
function parseOrigin(origin: string): OriginParts | undefined {
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/]+)$/i.exec(origin);
  const host = match ? parseHost(match[2] as string) : undefined;
  return match && host ? { scheme: (match[1] as string).toLowerCase(), ...host } : undefined;
}

const defaultPorts = new Map([
  ['http', '80'],
  ['https', '443'],
]);

/**
 * Whether a request comes from a page of this very host. The scheme is not compared: behind a proxy that ends TLS the
 * server does not know its own.
 */
export function isSameOrigin(origin: string, host: string | undefined): boolean {
  const from = parseOrigin(origin);
  const to = host === undefined ? undefined : parseHost(host);
  if (!from || !to || from.name !== to.name) return false;
  const defaultPort = defaultPorts.get(from.scheme);
  if (defaultPort === undefined) return false;
  return (from.port || defaultPort) === (to.port || defaultPort);
}

/** An entry with a scheme must be the origin itself; one without is matched like a host (rule O1). */
export function isOriginAllowed(origin: string, allowed: readonly string[]): boolean {
  const from = parseOrigin(origin);
  if (!from) return false;
  const host = from.port === '' ? from.name : `${from.name}:${from.port}`;
  return allowed.some((entry) =>
    entry.includes('://') ? entry.toLowerCase() === origin.toLowerCase() : isHostAllowed(host, [entry]),
  );
}

/**
 * Whether an `Accept` header admits a media type: by name, by `type/*` or by `*\/*`, unless the most specific range
 * that fits has `q=0` (RFC 9110, 12.5.1). An absent header admits nothing: the specification asks for it.
 */
export function accepts(accept: string | undefined, type: 'application/json' | 'text/event-stream'): boolean {
  if (accept === undefined) return false;
  const family = `${type.slice(0, type.indexOf('/'))}/*`;
  let specificity = -1;
  let admitted = false;
  for (const part of accept.split(',')) {
    const [range, ...parameters] = part.split(';');
    const name = (range as string).trim().toLowerCase();
    const rank = name === type ? 2 : name === family ? 1 : name === '*/*' ? 0 : -1;
    if (rank < 0 || rank < specificity) continue;
    const refused = parameters.some((parameter) => /^\s*q\s*=\s*0(\.0{0,3})?\s*$/i.test(parameter));
    admitted = rank === specificity ? admitted || !refused : !refused;
    specificity = rank;
  }
  return admitted;
}

/** Clients repeat themselves: a few headers make up nearly all traffic, and their verdicts are remembered. */
export function remembered<V>(decide: (header: string) => V): (header: string) => V {
  const verdicts = new Map<string, V>();
  return (header) => {
    let verdict = verdicts.get(header);
    if (verdict === undefined) {
      verdict = decide(header);
      // Bounded, so that a client that varies its header cannot make it grow.
      if (verdicts.size < 64 && header.length <= 256) verdicts.set(header, verdict);
    }
    return verdict;
  };
}

/** `application/json`, with any parameters (RFC 9110, 8.3.1). */
export function isJson(contentType: string | undefined): boolean {
  if (contentType === undefined) return false;
  const end = contentType.indexOf(';');
  return (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase() === 'application/json';
}
