/** What every answer of the server says to browsers about how far it may be trusted and taken apart. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** Written beside the site by its build, which alone knows the hashes of the inline scripts. */
const headersFile = '.headers.json';

const headersSchema = z.object({ contentSecurityPolicy: z.string().min(1) });

/** Without a build to ask: what the site needs, and no inline script at all. */
const strictPolicy = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "style-src-attr 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** For answers that are no pages. */
export const apiPolicy = "default-src 'none'; frame-ancestors 'none'";

export const securityHeaders: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
};

/**
 * The Content-Security-Policy of the site's pages.
 * @throws Error when the file is there, but is not what the build writes
 */
export function sitePolicy(siteFolder: string): string {
  let text: string;
  try {
    text = readFileSync(join(siteFolder, headersFile), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return strictPolicy;
    throw error;
  }
  return headersSchema.parse(JSON.parse(text)).contentSecurityPolicy;
}
