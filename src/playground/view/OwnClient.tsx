import { useSignal } from '@preact/signals';
import { whoamiTimes } from '../model/acts.ts';
import { clientCommands } from '../model/client-commands.ts';
import { countCurl, initializeCurl, whoamiCurl } from '../model/curl.ts';
import { ClientChecklist } from './ClientChecklist.tsx';
import { copyText } from './copy.ts';
import { hasRouter } from './Switches.tsx';
import type { LessonStore } from './store.ts';

/** The lab's address, for the reader's own client, and commands that draw into this page. */
export function OwnClient({ store }: { store: LessonStore }) {
  const lab = store.lab.value;
  if (!lab || store.status.value.kind === 'over') return null;
  const session = store.reader.value.session;
  return (
    <details
      class="own"
      open={store.ownClientOpen.value}
      onToggle={({ currentTarget }) => {
        store.ownClientOpen.value = currentTarget.open;
      }}
    >
      <summary>Use your own client</summary>
      <p>Any MCP client can be given the address of this lab. Whatever it sends is drawn here too.</p>
      <Copyable name="url" label="The lab's address" text={lab.endpoint} />
      {clientCommands(lab.endpoint).map(({ id, label, text }) => (
        <Copyable key={id} name={id} label={label} text={text} />
      ))}
      <Copyable name="initialize" label="Open a session from a terminal" text={initializeCurl(lab.endpoint)} />
      {session && hasRouter(store) && (
        <Copyable
          name="whoami"
          label={`Call whoami ${whoamiTimes} times in the session of this page, each on a connection of its own`}
          text={whoamiCurl(lab.endpoint, session, whoamiTimes)}
        />
      )}
      {session && (
        <Copyable name="count" label="Call count in the session of this page" text={countCurl(lab.endpoint, session)} />
      )}
      {/* Judged anew with every event: only where it can be read. */}
      {store.ownClientOpen.value && <ClientChecklist store={store} />}
    </details>
  );
}

function Copyable({ name, label, text }: { name: string; label: string; text: string }) {
  const state = useSignal<'copy' | 'copied' | 'not copied'>('copy');
  async function copy(): Promise<void> {
    state.value = (await copyText(text)) ? 'copied' : 'not copied';
  }
  return (
    <div class="copyable" data-copyable={name}>
      <p class="bar">
        <span class="m">{label}</span>
        <span class="sp" />
        <button type="button" class="act" aria-label={`${state.value}: ${label}`} onClick={() => void copy()}>
          {state.value}
        </button>
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard. */}
      <pre tabIndex={0}>{text}</pre>
    </div>
  );
}
