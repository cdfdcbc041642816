import type { Recorded } from './recorded-state.ts';
import type { LessonStore } from './store.ts';

/** What is shown is a recording: why, of what, and how to have the real thing. */
export function RecordedNote({ store, recorded }: { store: LessonStore; recorded: Recorded }) {
  const { why, day, playing } = recorded;
  return (
    <div class="controls recorded">
      <p role="status">
        <b class="recorded-label">{why === 'busy' ? 'Recorded: all labs are busy' : 'Recorded'}</b>{' '}
        {why === 'busy'
          ? 'Every lab of this server is in use. The page tries again by itself, and goes on live when one is free.'
          : 'No playground server answers here, so there is no process to open a session in.'}
      </p>
      <p class="hint">
        You see a real run of {day}, as it was.{' '}
        {why === 'no-server' && (
          <>
            To run it yourself, clone the project, run <code>npm start</code> and open{' '}
            <code>http://localhost:4321</code>.
          </>
        )}
      </p>
      <p class="acts">
        {playing ? (
          <button type="button" class="act" onClick={() => store.skipRecording()}>
            Skip to its end
          </button>
        ) : (
          <button type="button" class="act" onClick={() => store.replay()}>
            Play it again
          </button>
        )}
        {why === 'no-server' && (
          <button type="button" class="act" onClick={() => void store.begin()}>
            Look again
          </button>
        )}
      </p>
    </div>
  );
}
