/** Names that open things: made at random, compared in constant time, never logged. */

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 128 random bits, fit for a URL. */
export const randomId = (): string => randomBytes(16).toString('base64url');

/** What is kept of a token: enough to recognise it, useless to whoever reads it. */
export const digest = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** Compares digests, so that the time taken says nothing about the token, not even its length. */
export const matches = (given: string, kept: Buffer): boolean => timingSafeEqual(digest(given), kept);
