import { type JsonObject, type RequestContext, RpcError } from '../transport/index.ts';
import { type Clock, clockUri } from './clock.ts';

/** The code for an unknown resource (2025-11-25, Resources, Error Handling). */
const resourceNotFound = -32002;

const clockResource = {
  uri: clockUri,
  name: 'clock',
  title: 'Clock',
  description: 'The time on this process. It changes every five seconds.',
  mimeType: 'text/plain',
};

export function listResources(): JsonObject {
  return { resources: [clockResource] };
}

export function readResource(params: JsonObject | undefined, clock: Clock): JsonObject {
  const uri = knownUri(params);
  return { contents: [{ uri, mimeType: clockResource.mimeType, text: clock.read() }] };
}

export async function subscribeResource(
  params: JsonObject | undefined,
  { session }: RequestContext,
): Promise<JsonObject> {
  await session.subscribe(knownUri(params));
  return {};
}

export async function unsubscribeResource(
  params: JsonObject | undefined,
  { session }: RequestContext,
): Promise<JsonObject> {
  await session.unsubscribe(knownUri(params));
  return {};
}

function knownUri(params: JsonObject | undefined): string {
  const uri = params?.uri;
  if (typeof uri !== 'string') throw new RpcError(-32602, 'Invalid params: uri must be a string.');
  if (uri !== clockUri) throw new RpcError(resourceNotFound, `Resource not found. There is ${clockUri}.`, { uri });
  return uri;
}
