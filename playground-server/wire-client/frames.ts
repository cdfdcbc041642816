/**
 * Server-sent events as they travel: a stream of text cut into frames, each kept exactly as it was sent.
 *
 * A frame is everything up to and including a blank line (WHATWG HTML, 9.2.5, "Parsing an event stream").
 * `eventsource-parser` says what a frame means; the cutting is done here, because that parser does not hand on the raw text.
 */

import { createParser } from 'eventsource-parser';

export interface Frame {
  /** Exactly the characters that were received, the blank line included. */
  raw: string;
  id?: string;
  event?: string;
  /** Absent when the frame had no `data` field, as a comment does. */
  data?: string;
  /** Milliseconds that the server asks a client to wait before it reconnects. */
  retry?: number;
  comments: string[];
}

/** Says what one complete frame means. */
export function readFrame(raw: string): Frame {
  const frame: Frame = { raw, comments: [] };
  const parser = createParser({
    onId: (id) => {
      frame.id = id;
    },
    onEvent: ({ event, data }) => {
      if (event !== undefined) frame.event = event;
      frame.data = data;
    },
    onRetry: (retry) => {
      frame.retry = retry;
    },
    onComment: (comment) => frame.comments.push(comment),
  });
  parser.feed(raw);
  return frame;
}

/** Two line ends in a row; each may be CRLF, LF or CR. */
const blankLine = /(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r(?!\n))/;

/**
 * Cuts a stream of text into frames, however it was chunked.
 * @param onFrame called for each frame, as soon as its blank line is there
 * @returns a function that takes the next piece of text
 */
export function createFrameReader(onFrame: (frame: Frame) => void): (text: string) => void {
  let pending = '';
  // A frame that ended with CR may have ended with CRLF: the LF is then the first character of the next piece.
  let lineFeedMayFollow = false;
  let started = false;

  return (text) => {
    if (text === '') return;
    let piece = text;
    if (!started) {
      started = true;
      if (piece.startsWith('\uFEFF')) piece = piece.slice(1);
    }
    if (lineFeedMayFollow && piece.startsWith('\n')) piece = piece.slice(1);
    lineFeedMayFollow = false;
    pending += piece;

    let end = blankLine.exec(pending);
    while (end) {
      const length = end.index + end[0].length;
      const raw = pending.slice(0, length);
      pending = pending.slice(length);
      lineFeedMayFollow = pending === '' && raw.endsWith('\r');
      onFrame(readFrame(raw));
      end = blankLine.exec(pending);
    }
  };
}
