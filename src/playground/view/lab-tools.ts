/** What a page needs once there is a lab, and not before: loaded then, outside the bytes that a page begins with. */

export { BreakIt } from './BreakIt.tsx';
export { Composer } from './Composer.tsx';
export { OwnClient } from './OwnClient.tsx';
export { RawRequest } from './RawRequest.tsx';
