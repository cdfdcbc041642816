/**
 * The sealing of `requestState` (rules I2, I3): what a server wants to know again travels through the client, which can
 * neither read nor change it, nor present it elsewhere (2026-07-28, Multi Round-Trip Requests, Server Requirements).
 *
 * A state is `v1.<key id>.<sealed>`: the sealed part is base64url of a 96-bit nonce and AES-256-GCM over the content,
 * with all that stands before it authenticated too. Whoever has the key can open it, so instances need no common store.
 * Nonces are random, which is sound for 2^32 states per key (NIST SP 800-38D, 8.3).
 */

import type { JsonObject, JsonValue } from '../json-rpc.ts';

/** The request that a state belongs to: it opens for this one alone. */
export interface StateBinding {
  readonly protocolVersion: string;
  readonly method: string;
  /** `params.name` or `params.uri`. */
  readonly target: JsonValue;
  /** `digestOf` what else was asked. */
  readonly digest: string;
  readonly principal: string | null;
  /** The server by its name: two servers may share keys. */
  readonly audience: string;
}

/** What a handler and the transport want to know in the next round. */
export interface RequestState {
  /** Unique; states that may be used once in place of one another share it. */
  readonly id: string;
  /** Milliseconds since 1970. From then on it does not open. */
  readonly expiresAt: number;
  /** It may be used once. */
  readonly once: boolean;
  /** What the handler gave; absent where it gave nothing. */
  readonly state?: JsonValue;
  /** The valid answers of earlier rounds. */
  readonly answers: JsonObject;
}

const version = 'v1';
const nonceBytes = 12;

interface SealingKey {
  readonly id: string;
  readonly key: CryptoKey;
}

/** The keys of one transport: the first seals, all open. */
export class StateSeal {
  readonly #keys: readonly SealingKey[];

  private constructor(keys: readonly SealingKey[]) {
    this.#keys = keys;
  }

  /**
   * @param keys at least one, each of 32 bytes
   * @throws Error where the platform has no Web Crypto
   */
  static async with(keys: readonly Uint8Array[]): Promise<StateSeal> {
    return new StateSeal(await Promise.all(keys.map(importKey)));
  }

  /** @returns visible ASCII, a different one each time */
  async seal(binding: StateBinding, state: RequestState): Promise<string> {
    const [{ id, key }] = this.#keys as readonly [SealingKey];
    const nonce = crypto.getRandomValues(new Uint8Array(nonceBytes));
    const plain = utf8(JSON.stringify({ ...binding, ...state }));
    const prefix = `${version}.${id}.`;
    const sealed = new Uint8Array(await subtle().encrypt(aesGcm(nonce, prefix), key, plain));
    const bytes = new Uint8Array(nonceBytes + sealed.length);
    bytes.set(nonce);
    bytes.set(sealed, nonceBytes);
    return prefix + toBase64Url(bytes);
  }

  /**
   * @param now milliseconds since 1970
   * @returns `undefined` for every state that is not to be trusted, whatever the cause
   */
  async open(binding: StateBinding, text: string, now: number): Promise<RequestState | undefined> {
    const [given, id, encoded, ...rest] = text.split('.');
    const known = this.#keys.find((candidate) => candidate.id === id);
    const bytes = encoded === undefined ? undefined : fromBase64Url(encoded);
    if (given !== version || rest.length > 0 || !known || !bytes) return undefined;
    let plain: ArrayBuffer;
    try {
      const parameters = aesGcm(bytes.subarray(0, nonceBytes), `${version}.${id}.`);
      plain = await subtle().decrypt(parameters, known.key, bytes.subarray(nonceBytes));
    } catch {
      return undefined;
    }
    // Authentic, so of the shape that was sealed.
    const content = JSON.parse(new TextDecoder().decode(plain)) as StateBinding & RequestState;
    return belongsTo(content, binding) && content.expiresAt > now ? content : undefined;
  }
}

function belongsTo(sealed: StateBinding, presented: StateBinding): boolean {
  return (
    sealed.protocolVersion === presented.protocolVersion &&
    sealed.method === presented.method &&
    sealed.target === presented.target &&
    sealed.digest === presented.digest &&
    sealed.principal === presented.principal &&
    sealed.audience === presented.audience
  );
}

/** SHA-256 of the value, however its members are ordered. */
export async function digestOf(value: JsonValue): Promise<string> {
  return toBase64Url(new Uint8Array(await subtle().digest('SHA-256', utf8(canonicalJson(value)))));
}

/** One text for each JSON value: members sorted by name, no space. */
export function canonicalJson(value: JsonValue): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(',')}}`;
}

/** Its id is a digest of the key, so that instances agree on it without being told; 48 bits tell a few keys apart. */
async function importKey(bytes: Uint8Array): Promise<SealingKey> {
  const copy = new Uint8Array(bytes);
  const digest = new Uint8Array(await subtle().digest('SHA-256', copy));
  const key = await subtle().importKey('raw', copy, 'AES-GCM', false, ['encrypt', 'decrypt']);
  return { id: toBase64Url(digest.subarray(0, 6)), key };
}

function aesGcm(iv: Uint8Array<ArrayBuffer>, additionalData: string): AesGcmParams {
  return { name: 'AES-GCM', iv, additionalData: utf8(additionalData) };
}

/** @throws Error where the platform has none: browsers keep it from pages that came over plain HTTP */
function subtle(): SubtleCrypto {
  const found = (globalThis.crypto as { subtle?: SubtleCrypto } | undefined)?.subtle;
  if (!found) throw new Error('requestState is sealed with crypto.subtle, which only HTTPS and localhost have.');
  return found;
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function toBase64Url(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Strict: each byte string has one spelling, so that a state that was changed in any character does not open. */
function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[\w-]+$/.test(text)) return undefined;
  let binary: string;
  try {
    binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    return undefined;
  }
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  return toBase64Url(bytes) === text ? bytes : undefined;
}
