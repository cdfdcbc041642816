/** The shape of the contract. Its text is plain prose with code in backticks; the id of another rule becomes a link. */

export type Era = 'handshake' | 'modern';

export interface Rule {
  /** Letter of the section and a number, as test titles and the table of errors name it. */
  readonly id: string;
  readonly title: string;
  readonly text: string;
  /** Where they differ from those of the section. */
  readonly eras?: readonly Era[];
}

export interface Section {
  readonly letter: string;
  readonly title: string;
  readonly eras: readonly Era[];
  readonly rules: readonly Rule[];
}

export const bothEras: readonly Era[] = ['handshake', 'modern'];
