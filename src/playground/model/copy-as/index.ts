/** The languages in which a request can be copied, besides curl. */

import { pythonOf } from './python.ts';
import { rubyOf } from './ruby.ts';
import type { CopyWriter } from './sent.ts';
import { typescriptOf } from './typescript.ts';

export const copyWriters: readonly CopyWriter[] = [
  { title: 'TypeScript', write: typescriptOf },
  { title: 'Python', write: pythonOf },
  { title: 'Ruby', write: rubyOf },
];
