/** What a page says when there is no lab to be had: loaded then, outside the bytes that a page begins with. */

export { NoServer } from './NoServer.tsx';
export { RecordedNote } from './RecordedNote.tsx';
