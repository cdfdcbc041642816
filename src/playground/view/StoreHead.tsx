import type { StoreBox } from '../model/store-box.ts';
import { Glyph } from './Glyph.tsx';
import { SessionTable } from './ProcessHead.tsx';

/** The store as the head of its lifeline: the one session table that all processes have, and the streams that are open. */
export function StoreHead({ box }: { box: StoreBox }) {
  const open = box.streams.length;
  return (
    <div class={`proc store ${box.reachable ? '' : 'gone'}`}>
      <p class="proc-name">
        <b>{box.name}</b>
      </p>
      {box.reachable ? <SessionTable box={box} /> : <p class="row none dead">out of reach</p>}
      {open > 0 && (
        <p class="row streams">
          <Glyph of="stream" />
          {open} open
        </p>
      )}
    </div>
  );
}
