/** What a page needs when there is no lab to be had: loaded later, outside the bytes that a page begins with. */

export { fetchRecording, playRecording } from '../client/recorded-run.ts';
export { NoServer } from './NoServer.tsx';
export { RecordedNote } from './RecordedNote.tsx';
