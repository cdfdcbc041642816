/** The shape of the tables of wire events: held to the union types, so that none of them can lack an event or a field. */

import type { WireEvent } from '../../playground-server/lab/wire.ts';

export type WireBody = WireEvent['body'];
export type WireType = WireBody['type'];
type FieldOf<T extends WireType> = Exclude<keyof Extract<WireBody, { type: T }>, 'type'>;

/** The value in the words of JSON, and what it says. Texts are prose with code in backticks and ids of rules. */
export interface WireField {
  readonly is: string;
  readonly about: string;
  /** It is left out where it does not apply. */
  readonly optional?: true;
}

/** What a table says of the events that one source reports. */
export type WireTable<T extends WireType> = {
  readonly [Type in T]: {
    readonly about: string;
    readonly fields: { readonly [Field in FieldOf<Type> & string]: WireField };
  };
};

/** A field that is always there. */
export const field = (is: string, about: string): WireField => ({ is, about });
/** A field that may be left out. */
export const maybe = (is: string, about: string): WireField => ({ is, about, optional: true });
