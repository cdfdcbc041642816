import { type Awaitable, type JsonObject, type JsonValue, type RequestContext, RpcError } from '../transport/index.ts';
import { isObject, rpcCodes } from '../transport/json-rpc.ts';

/** Answers one method. `params` is an empty object where the request has none. */
export type Method = (params: JsonObject, context: RequestContext) => Awaitable<JsonObject>;

/** Some of a server's methods, by name. */
export type Methods = { readonly [method: string]: Method };

/** All that an argument or a variable may be: what fits the typed part of it is offered (`completion/complete`). */
export type Completions = () => readonly string[];

/** The client sent params that this method cannot use: -32602. */
export function invalidParams(why: string, data?: JsonValue): RpcError {
  return new RpcError(rpcCodes.invalidParams, `Invalid params: ${why}.`, data);
}

/** A parameter that must be a string. @throws RpcError */
export function stringParam(params: JsonObject, name: string): string {
  const value = params[name];
  if (typeof value !== 'string') throw invalidParams(`${name} must be a string`);
  return value;
}

/** A parameter that may be left out, and otherwise must be an object. @throws RpcError */
export function objectParam(params: JsonObject, name: string): JsonObject {
  const value = params[name];
  if (value === undefined) return {};
  if (!isObject(value)) throw invalidParams(`${name} must be an object`);
  return value;
}

/**
 * A method that lists everything on one page.
 *
 * No cursor was ever handed out, so none can be valid (2025-11-25, Pagination, Error Handling).
 */
export function list(key: string, items: readonly object[]): Method {
  const page = { [key]: items as JsonObject[] };
  return ({ cursor }) => {
    if (cursor !== undefined) throw invalidParams('there is one page, and no cursor leads to another');
    return page;
  };
}
