import * as z from 'zod';
import { failure, text } from '../content.ts';
import { whyNoSession } from '../session.ts';
import { defineTool } from '../tool.ts';

const maxKeys = 16;
const maxValueLength = 4096;
const key = z.string().min(1).max(64).describe('A name of your choice');

export const remember = defineTool({
  name: 'remember',
  title: 'Remember',
  description: 'Keeps a value with this session. Another session, or another process without it, cannot recall it.',
  input: z.object({ key, value: z.string().max(maxValueLength).describe('The text to keep') }),
  readOnly: false,
  async run({ key, value }, context) {
    const { session } = context;
    if (!session) return failure(`There is no session to keep ${key} in: ${whyNoSession(context)}`);
    const keys = await session.keys();
    if (keys.length >= maxKeys && !keys.includes(key)) {
      return failure(`This session keeps ${maxKeys} values already: ${keys.join(', ')}`);
    }
    await session.set(key, value);
    return text(`Kept ${key}`);
  },
});

export const recall = defineTool({
  name: 'recall',
  title: 'Recall',
  description: 'Gives back what this session keeps under a key.',
  input: z.object({ key }),
  readOnly: true,
  async run({ key }, context) {
    const { session } = context;
    if (!session) return failure(`There is no session that could keep ${key}: ${whyNoSession(context)}`);
    const value = await session.get(key);
    if (typeof value === 'string') return text(value);
    const keys = await session.keys();
    return failure(
      `Nothing is kept under ${key}. ${keys.length > 0 ? `Kept: ${keys.join(', ')}` : 'Nothing is kept yet.'}`,
    );
  },
});
