/** The options of the transport in groups, for the page that lists them all. */

import { optionTable } from '../../playground-server/transport/option-table.ts';
import type { Options } from '../../playground-server/transport/options.ts';

/** Every option is in one group; a test holds this to the table. */
export const optionGroups: Readonly<Record<string, readonly (keyof Options)[]>> = {
  server: ['handler', 'backplane'],
  sessions: [
    'stateless',
    'sessionIdGenerator',
    'sessionIdleTimeoutMs',
    'maxSessions',
    'maxSessionsPerPrincipal',
    'maxInFlight',
    'duplicateRequestIds',
  ],
  callers: ['allowedHosts', 'allowedOrigins', 'enableDnsRebindingProtection', 'principal', 'authorizeSession'],
  bodies: ['maxRequestBytes', 'bodyTimeoutMs', 'maxJsonDepth', 'maxBatch'],
  streams: ['enableJsonResponse', 'keepAliveMs', 'retryInterval', 'eventLog', 'maxStreams', 'maxBufferedBytes'],
  asking: ['clientRequestTimeoutMs', 'requestStateKeys', 'requestStateTtlMs'],
  listening: ['maxListenStreams', 'maxListenPerPrincipal'],
  operation: ['instanceHeader', 'instanceName', 'trace'],
};

export interface ListedOption {
  name: string;
  byDefault: string;
  allowed: string;
  about: string;
}

/** @throws when there is no such group */
export function optionsOf(group: string): ListedOption[] {
  const names = optionGroups[group];
  if (!names) throw new Error(`There is no group of options ${group}`);
  return names.map((name) => {
    const { defaultText, allowed, about } = optionTable[name];
    return { name, byDefault: defaultText, allowed, about };
  });
}
