import type { Line } from './line.ts';

/** A member of an object of the other process. */
export type Member = { kind: 'value'; value: unknown } | { kind: 'function' } | { kind: 'object'; ref: number };

/** Objects that stay in this process, and that the other one uses through a number. */
export class Shared {
  readonly #objects = new Map<number, object>();
  #count = 0;

  add(object: object): number {
    this.#objects.set(++this.#count, object);
    return this.#count;
  }

  read(ref: number, name: string): Member {
    const value = this.#member(ref, name);
    if (typeof value === 'function') return { kind: 'function' };
    // What has methods of its own stays here; anything else is data.
    const isData = typeof value !== 'object' || value === null || name.startsWith('client') || name === 'state';
    return isData ? { kind: 'value', value } : { kind: 'object', ref: this.add(value) };
  }

  apply(ref: number, name: string, args: unknown[]): unknown {
    const object = this.#objects.get(ref);
    return (this.#member(ref, name) as (...args: unknown[]) => unknown).apply(object, args);
  }

  #member(ref: number, name: string): unknown {
    return (this.#objects.get(ref) as Record<string, unknown>)[name];
  }
}

/** An object of the other process, used as if it were here. `own`: members that are. */
export function remote(line: Line, ref: number, own: Record<string, unknown> = {}): object {
  return new Proxy(own, {
    get: (target, name) => {
      if (typeof name !== 'string' || name in target) return Reflect.get(target, name);
      const member = line.call('read', ref, name) as Member;
      if (member.kind === 'value') return member.value;
      if (member.kind === 'object') return remote(line, member.ref);
      return (...args: unknown[]) => line.call('apply', ref, name, args);
    },
  });
}
