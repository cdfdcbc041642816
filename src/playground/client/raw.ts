/** Sends what a reader wrote, as it stands, and reads the answer to its end. */

import type { RawRequest } from '../model/raw-request.ts';

/** @returns what came of it, in words; the figure shows the rest */
export async function sendRaw(endpoint: string, request: RawRequest, signal: AbortSignal): Promise<string> {
  try {
    const response = await fetch(endpoint, {
      method: request.method,
      headers: request.headers.map(([name, value]): [string, string] => [name, value]),
      ...(request.body !== undefined && { body: request.body }),
      cache: 'no-store',
      credentials: 'omit',
      signal,
    });
    const type = response.headers.get('content-type');
    const reader = response.body?.getReader();
    while (reader && !(await reader.read()).done);
    return `Answered ${response.status}${type === null ? '' : `, ${type}`}.`;
  } catch (cause) {
    if (signal.aborted) return 'Stopped: the connection was closed.';
    return `Not sent, or not answered in full: ${cause instanceof Error ? cause.message : String(cause)}.`;
  }
}
