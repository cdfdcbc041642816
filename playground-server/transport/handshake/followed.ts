import type { SessionRecord } from '../backplane/backplane.ts';
import { isObject, type JsonObject } from '../json-rpc.ts';

const lists = ['tools', 'prompts', 'resources'] as const;

/** What a session is told of when it changes: the lists that the server announces, and the resources it follows. */
export function followed(
  capabilities: JsonObject,
  { subscriptions }: Pick<SessionRecord, 'subscriptions'>,
): [method: string, params?: JsonObject][] {
  const told: [string, JsonObject?][] = [];
  for (const list of lists) {
    const capability = capabilities[list];
    if (isObject(capability) && capability.listChanged === true) told.push([`notifications/${list}/list_changed`]);
  }
  for (const uri of subscriptions) told.push(['notifications/resources/updated', { uri }]);
  return told;
}
