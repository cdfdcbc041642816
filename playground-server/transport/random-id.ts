/** Asking for random bytes costs as much for one id as for a hundred. */
const pool = new Uint8Array(2_048);
let used = pool.length;
const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Random bits in hexadecimal. `getRandomValues` is the one part of Web Crypto that plain-HTTP origins have (X3). */
export function randomId(bytes: number): string {
  if (used + bytes > pool.length) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  let id = '';
  for (const end = used + bytes; used < end; used++) {
    id += hex[pool[used] as number];
    // No id can be found in memory once it was given out.
    pool[used] = 0;
  }
  return id;
}
