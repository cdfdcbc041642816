/**
 * Waits, unless the request is cancelled first.
 * @returns `false` when it was cancelled
 */
export function wait(ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const cancelled = () => {
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', cancelled);
      resolve(true);
    }, ms);
    signal.addEventListener('abort', cancelled, { once: true });
  });
}
