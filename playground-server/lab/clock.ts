/**
 * Milliseconds on the machine's monotonic clock. All processes of one machine read the same clock, so the times that a
 * worker reports need no conversion, and a change of the wall clock moves nothing.
 */
export function machineTimeMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}
