import { checklistOf, clientsOf, type Verdict } from '../model/checklist.ts';
import { Prose } from './Prose.tsx';
import type { LessonStore } from './store.ts';

const signs: Readonly<Record<Verdict, string>> = { right: '✓', wrong: '✕', unseen: '·' };

/** What the reader's own clients did right and wrong, as far as the wire showed it. */
export function ClientChecklist({ store }: { store: LessonStore }) {
  const { events } = store.log.value;
  const clients = clientsOf(events);
  if (clients.length === 0) return null;
  return (
    <div class="checklist">
      {clients.map((client) => (
        <section key={client} data-client={client} aria-label={`What ${client} did`}>
          <p class="checklist-title">
            What <code>{client}</code> did
          </p>
          <ul>
            {checklistOf(events, client).map(({ id, demand, verdict, seen, source }) => (
              <li key={id} data-check={id} data-verdict={verdict}>
                <span class="sign" aria-hidden="true">
                  {signs[verdict]}
                </span>
                <span>
                  <span class="sr-only">{verdict}: </span>
                  <Prose text={demand} />
                  <span class="hint">
                    <Prose text={seen} />
                  </span>
                  <span class="src">
                    <a href={source.href}>{source.text}</a>
                  </span>
                </span>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}
