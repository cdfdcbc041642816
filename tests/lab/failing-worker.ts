/** A worker that never starts. */

throw new Error('This worker does not start');
