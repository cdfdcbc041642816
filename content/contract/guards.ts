import { bothEras, type Section } from './rule.ts';

export const options: Section = {
  letter: 'O',
  title: 'Options',
  eras: bothEras,
  rules: [
    {
      id: 'O1',
      title: 'Values',
      text:
        'Every option is checked when the transport is made. A bad value throws, and the message names the option, the ' +
        'value and what is allowed. An entry of `allowedHosts` without a port fits every port, one with a port fits ' +
        'that port alone, and case does not matter; an entry of `allowedOrigins` with a scheme must be the origin itself.',
    },
    {
      id: 'O2',
      title: 'Contradictions',
      text:
        'Options that contradict one another throw. So does an option that does not exist, with the nearest name that ' +
        'does.',
    },
  ],
};

export const guards: Section = {
  letter: 'G',
  title: 'Guards',
  eras: bothEras,
  rules: [
    {
      id: 'G1',
      title: 'Host',
      text:
        'A `Host` that is not in `allowedHosts` is answered 403 with code -32600. Ports and the brackets of IPv6 are ' +
        'understood. A request without `Host` passes.',
    },
    {
      id: 'G2',
      title: 'Origin',
      text:
        'An `Origin` that is neither that of the server itself nor in `allowedOrigins` is answered 403 with code -32600. ' +
        'So are `null` and whatever is no origin. A request without `Origin` passes: it does not come from a page.',
    },
    {
      id: 'G3',
      title: 'CORS',
      text:
        'An allowed page of another origin gets CORS headers on every answer, errors included, and 204 to its preflight: ' +
        'POST, GET and DELETE, the request headers of the protocol and any `Mcp-Param-*`. Scripts may read ' +
        '`Mcp-Session-Id`, `MCP-Protocol-Version`, `Retry-After`, `WWW-Authenticate` and the instance header. The origin ' +
        'is named and never `*`, `Vary: Origin` is set, and credentials are never allowed.',
    },
    {
      id: 'G4',
      title: 'Verbs',
      text: 'A verb that is not served is answered 405, and `Allow` says which are.',
    },
    {
      id: 'G5',
      title: 'Which era',
      text:
        'A POST whose body has `io.modelcontextprotocol/protocolVersion` in `params._meta` is modern, whatever its ' +
        'headers say. Without that key `initialize` is handshake; a request without session id whose ' +
        '`MCP-Protocol-Version` is modern or unknown is modern; everything else is handshake, and so is the version ' +
        '`2024-11-05`. GET or DELETE with a modern version and without session id: 405.',
    },
    {
      id: 'G6',
      title: 'Errors',
      text:
        'Every error is a JSON-RPC error as `application/json`. It repeats the id of the request once one could be read, ' +
        'and otherwise has no `id` member. Its message says what was wrong and what would be right. The text of an ' +
        'exception never reaches a client.',
    },
  ],
};
