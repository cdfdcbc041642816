import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFrameReader, type Frame, readFrame } from '../../playground-server/wire-client/index.ts';

function framesOf(pieces: readonly string[]): Frame[] {
  const frames: Frame[] = [];
  const read = createFrameReader((frame) => frames.push(frame));
  for (const piece of pieces) read(piece);
  return frames;
}

/** Splits a text at the given places. */
function cut(text: string, places: readonly number[]): string[] {
  const ends = [...places.map((place) => place % (text.length + 1)).sort((a, b) => a - b), text.length];
  return ends.map((end, index) => text.slice(index === 0 ? 0 : ends[index - 1], end));
}

describe('frames', () => {
  test('a frame keeps its text and says what it means', () => {
    expect(readFrame('event: message\nid: 2.1\nretry: 1000\ndata: {"a":1}\ndata: 2\n\n')).toEqual({
      raw: 'event: message\nid: 2.1\nretry: 1000\ndata: {"a":1}\ndata: 2\n\n',
      id: '2.1',
      event: 'message',
      retry: 1000,
      data: '{"a":1}\n2',
      comments: [],
    });
  });

  test('a comment has no data', () => {
    expect(readFrame(': keep-alive\n\n')).toEqual({ raw: ': keep-alive\n\n', comments: ['keep-alive'] });
  });

  test('a priming event has an id and empty data', () => {
    expect(readFrame('id: 0.0\nretry: 1000\ndata:\n\n')).toMatchObject({ id: '0.0', retry: 1000, data: '' });
  });

  test('a frame is handed on as soon as its blank line is there, not before', () => {
    expect(framesOf(['data: a\n'])).toEqual([]);
    expect(framesOf(['data: a\n', '\n']).map(({ data }) => data)).toEqual(['a']);
    expect(framesOf(['data: a\r', '\r']).map(({ data }) => data)).toEqual(['a']);
  });

  test('a byte order mark at the beginning is not part of the first field', () => {
    expect(framesOf(['\uFEFFdata: a\n\n']).map(({ data }) => data)).toEqual(['a']);
  });

  test('however the text is cut, the frames are the same', () => {
    const line = fc.constantFrom('data: a', 'data: ü…', 'id: 7', 'event: x', ': note', 'retry: 5', 'data');
    const end = fc.constantFrom('\n', '\r\n', '\r');
    const frame = fc
      .tuple(fc.array(line, { minLength: 1, maxLength: 4 }), end)
      .map(([lines, eol]) => lines.map((text) => text + eol).join('') + eol);
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 5 }), fc.array(fc.nat(200), { maxLength: 8 }), (frames, places) => {
        const meaning = ({ raw: _, ...rest }: Frame) => rest;
        expect(framesOf(cut(frames.join(''), places)).map(meaning)).toEqual(
          frames.map((raw) => meaning(readFrame(raw))),
        );
      }),
    );
  });

  test('nothing of the text is lost, nor put in twice', () => {
    const frame = fc.constantFrom('data: a\n\n', ': b\n\n', 'id: 1\ndata: c\n\n');
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 6 }), fc.array(fc.nat(100), { maxLength: 8 }), (frames, places) => {
        const text = frames.join('');
        expect(framesOf(cut(text, places)).map(({ raw }) => raw)).toEqual(frames);
      }),
    );
  });
});
