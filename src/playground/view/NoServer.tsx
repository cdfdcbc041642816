import type { LessonStore } from './store.ts';

/** Static files alone, and no recording either: what to do. */
export function NoServer({ store }: { store: LessonStore }) {
  return (
    <div class="controls no-server" role="status">
      <p>
        <b>No playground server answers here.</b> This page was served as files alone, so there is no process to open a
        session in.
      </p>
      <p>
        To run it, clone the project, run <code>npm start</code> and open <code>http://localhost:4321</code>.
      </p>
      <p>
        <button type="button" class="act" onClick={() => void store.begin()}>
          Look again
        </button>
      </p>
    </div>
  );
}
