import { AskError, type AskFailure, type JsonValue, RpcError } from '../../../../playground-server/transport/index.ts';

/** What was thrown, as it can be sent: a structured clone forgets of which class an error is. */
export interface WireError {
  name: string;
  message: string;
  stack?: string | undefined;
  code?: number;
  data?: JsonValue | undefined;
  reason?: AskFailure;
  /** What was thrown, where that was no error. */
  thrown?: unknown;
}

export function encodeError(thrown: unknown): WireError {
  if (!(thrown instanceof Error)) return { name: '', message: '', thrown };
  const { name, message, stack } = thrown;
  if (thrown instanceof AskError) {
    const { code, data, reason } = thrown;
    return { name: 'AskError', message, stack, code, data, reason };
  }
  if (thrown instanceof RpcError) return { name: 'RpcError', message, stack, code: thrown.code, data: thrown.data };
  return { name, message, stack };
}

export function decodeError({ name, message, stack, code = 0, data, reason, thrown }: WireError): unknown {
  if (name === 'AskError') return new AskError(reason as AskFailure, code, message, data);
  if (name === 'RpcError') return new RpcError(code, message, data);
  if (name === '') return thrown;
  const error = name === 'TypeError' ? new TypeError(message) : new Error(message);
  if (stack) error.stack = stack;
  return error;
}
