import { useEffect, useRef, useState } from 'preact/hooks';
import type { ProcessName } from '../../../playground-server/lab/wire.ts';
import type { ProcessBox, SessionRow } from '../model/processes.ts';
import { Glyph } from './Glyph.tsx';

interface Props {
  name: ProcessName;
  box: ProcessBox | undefined;
  /** Absent: there is nobody to ask. */
  onKill?: ((process: ProcessName) => void) | undefined;
}

/** A process as the head of its lifeline: its pid, and its session table as rows. */
export function ProcessHead({ name, box, onKill }: Props) {
  const alive = box?.alive ?? false;
  const state = box === undefined ? 'waiting' : !alive ? 'gone' : box.sessions.length === 0 ? 'none' : '';
  return (
    <div class={`proc ${state}`}>
      <p class="proc-name">
        <Glyph of="process" />
        <b>{name}</b>
        {box ? (
          <i>
            <span class="word">pid </span>
            {alive ? box.pid : <s>{box.pid}</s>}
          </i>
        ) : (
          <i>not started</i>
        )}
        {alive && onKill && (
          <button type="button" class="kill" aria-label={`kill ${name}`} onClick={() => onKill(name)}>
            kill
          </button>
        )}
      </p>
      {box && !alive ? <p class="row none dead">ended</p> : <SessionTable box={box} />}
    </div>
  );
}

/** What fits into a head. The table itself has no bound but the lab's. */
const mostShown = 4;

/** The sessions that are in a process, or in the store. */
export function SessionTable({
  box,
}: {
  box: Pick<ProcessBox, 'sessions' | 'lit' | 'touched' | 'missed'> | undefined;
}) {
  const sessions = box?.sessions ?? [];
  const missed = useFlash(box?.missed ?? 0);
  if (sessions.length === 0) {
    return (
      <p class={missed.on ? 'row none missed' : 'row none'} onAnimationEnd={missed.done}>
        no sessions
      </p>
    );
  }
  // The newest, and the one that was found last, however old it is.
  const shown = sessions.filter(({ id }, index) => index >= sessions.length - mostShown || id === box?.lit);
  const more = sessions.length - shown.length;
  return (
    <div class={missed.on ? 'rows missed' : 'rows'} onAnimationEnd={missed.done}>
      {more > 0 && <p class="row more">{more} more</p>}
      {shown.map((session) => (
        <SessionLine key={session.id} session={session} lit={box?.lit === session.id} touched={box?.touched ?? 0} />
      ))}
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

/** On for one flash, each time the count grows. */
function useFlash(count: number): { on: boolean; done: () => void } {
  const before = useRef(count);
  const [on, setOn] = useState(false);
  useEffect(() => {
    if (count > before.current) setOn(true);
    before.current = count;
  }, [count]);
  return { on, done: () => setOn(false) };
}
