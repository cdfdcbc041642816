/**
 * What a `subscriptions/listen` may ask for, and what of it is honoured (rules L1, L2; 2026-07-28, Subscriptions,
 * Notification Filter). Pure functions of their input.
 */

import { isObject, type JsonObject } from '../json-rpc.ts';

/** A field that is not there, or `false`, subscribes to nothing. */
export interface SubscriptionFilter {
  toolsListChanged?: true;
  promptsListChanged?: true;
  resourcesListChanged?: true;
  /** URIs, each once; at least one. */
  resourceSubscriptions?: string[];
}

/** What can be told on such a stream: one kind of notification, or that of one resource. */
export interface Topic {
  readonly method: string;
  readonly params?: JsonObject;
}

/** One stream that follows more should follow the list instead. */
const maxResources = 1_000;

const resourceUpdated = 'notifications/resources/updated';
const listChanged = [
  ['toolsListChanged', 'tools', 'notifications/tools/list_changed'],
  ['promptsListChanged', 'prompts', 'notifications/prompts/list_changed'],
  ['resourcesListChanged', 'resources', 'notifications/resources/list_changed'],
] as const;

export type FilterReading = { kind: 'filter'; filter: SubscriptionFilter } | { kind: 'invalid'; why: string };

/** Reads `params.notifications`. What later revisions may add is skipped. */
export function readFilter(params: JsonObject | undefined): FilterReading {
  const notifications = params?.notifications;
  if (!isObject(notifications)) return invalid('"notifications" must be an object that says what to listen for');
  const filter: SubscriptionFilter = {};
  for (const [field] of listChanged) {
    const wanted = notifications[field];
    if (wanted !== undefined && typeof wanted !== 'boolean') return invalid(`"${field}" must be true or false`);
    if (wanted) filter[field] = true;
  }
  const { resourceSubscriptions: uris = [] } = notifications;
  if (!Array.isArray(uris) || !uris.every((uri) => typeof uri === 'string')) {
    return invalid('"resourceSubscriptions" must be an array of URIs');
  }
  const distinct = [...new Set<string>(uris)];
  if (distinct.length > maxResources) return invalid(`"resourceSubscriptions" may name ${maxResources} resources`);
  if (distinct.length > 0) filter.resourceSubscriptions = distinct;
  return { kind: 'filter', filter };
}

function invalid(why: string): FilterReading {
  return { kind: 'invalid', why };
}

/** What is left when the types go that the server does not offer: this is what it acknowledges. */
export function honoured(filter: SubscriptionFilter, capabilities: JsonObject): SubscriptionFilter {
  const kept: SubscriptionFilter = {};
  for (const [field, capability] of listChanged) {
    if (filter[field] && offers(capabilities, capability, 'listChanged')) kept[field] = true;
  }
  const { resourceSubscriptions } = filter;
  if (resourceSubscriptions && offers(capabilities, 'resources', 'subscribe')) {
    kept.resourceSubscriptions = resourceSubscriptions;
  }
  return kept;
}

function offers(capabilities: JsonObject, name: string, member: string): boolean {
  const capability = capabilities[name];
  return isObject(capability) && capability[member] === true;
}

export function topicsOf(filter: SubscriptionFilter): Topic[] {
  const topics: Topic[] = [];
  for (const [field, , method] of listChanged) if (filter[field]) topics.push({ method });
  for (const uri of filter.resourceSubscriptions ?? []) topics.push({ method: resourceUpdated, params: { uri } });
  return topics;
}

/** Names the topic that a notification belongs to. */
export function topicName(method: string, params: JsonObject | undefined): string {
  return method === resourceUpdated ? `${method} ${params?.uri}` : method;
}
