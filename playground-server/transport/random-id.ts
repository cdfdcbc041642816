/** Random bits in hexadecimal. `getRandomValues` is the one part of Web Crypto that plain-HTTP origins have (X3). */
export function randomId(bytes: number): string {
  let id = '';
  for (const byte of crypto.getRandomValues(new Uint8Array(bytes))) id += byte.toString(16).padStart(2, '0');
  return id;
}
