import { useEffect, useState } from 'preact/hooks';
import type { ProcessBox, SessionRow } from '../model/processes.ts';
import { Glyph } from './Glyph.tsx';

/** A process as the head of its lifeline: its pid, and its session table as rows. */
export function ProcessHead({ name, box }: { name: string; box: ProcessBox | undefined }) {
  const sessions = box?.sessions ?? [];
  return (
    <div class={`proc${box?.alive ? '' : ' gone'}`}>
      <p class="proc-name">
        <Glyph of="process" />
        <b>{name}</b>
        <i>{box ? (box.alive ? `pid ${box.pid}` : `pid ${box.pid}, ended`) : 'not started'}</i>
      </p>
      {sessions.length === 0 ? (
        <p class="row none">no sessions</p>
      ) : (
        sessions.map((session) => (
          <SessionLine key={session.id} session={session} lit={box?.lit === session.id} touched={box?.touched ?? 0} />
        ))
      )}
    </div>
  );
}

/** One row of the table: lit when the latest request found it, flashing once each time. */
function SessionLine({ session, lit, touched }: { session: SessionRow; lit: boolean; touched: number }) {
  const [flashing, setFlashing] = useState(false);
  useEffect(() => setFlashing(lit), [touched]);
  const classes = ['row', lit && 'lit', flashing && 'flash'].filter(Boolean).join(' ');
  return (
    <p class={classes} onAnimationEnd={() => setFlashing(false)} title={`opened by ${session.clientName}`}>
      <Glyph of="session" />
      {session.id}
      <span>{session.protocolVersion}</span>
    </p>
  );
}
