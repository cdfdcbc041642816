import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { sendRaw } from '../client/raw.ts';
import { sentRequest } from '../model/copy-as/sent.ts';
import { gatherExchanges } from '../model/exchanges.ts';
import { parseRaw, rawText } from '../model/raw-request.ts';
import type { LessonStore } from './store.ts';

/** Any request, edited by hand, and sent as it stands. */
export function RawRequest({ store }: { store: LessonStore }) {
  const text = useSignal('');
  const says = useSignal<{ words: string; bad: boolean }>({ words: '', bad: false });
  const sending = useSignal<AbortController | undefined>(undefined);
  const field = useRef<HTMLTextAreaElement>(null);
  const lab = store.lab.value;
  const row = store.figure.selected.value;
  useEffect(() => () => sending.value?.abort(), [sending]);
  if (!lab || store.status.value.kind === 'over') return null;
  const chosen = row && row.kind !== 'note' ? row.exchange : undefined;

  function take(): void {
    const exchanges = [...gatherExchanges(store.log.value.events).values()].filter(({ request }) => request);
    const exchange = exchanges.find(({ id }) => id === chosen) ?? exchanges.at(-1);
    const sent = exchange && store.sentAgain(exchange, sentRequest);
    says.value = sent ? { words: '', bad: false } : { words: 'Nothing was sent yet.', bad: true };
    if (sent) text.value = rawText(sent);
    field.current?.focus();
  }

  async function send(event: Event): Promise<void> {
    event.preventDefault();
    const read = parseRaw(text.value);
    if ('fault' in read) {
      says.value = { words: read.fault, bad: true };
      field.current?.focus();
      return;
    }
    if (!lab || sending.value) return;
    const { ignored } = read;
    const left = ignored.length === 0 ? '' : ` Left to the browser: ${ignored.join(', ')}.`;
    says.value = { words: `Sent.${left}`, bad: false };
    sending.value = new AbortController();
    const words = await sendRaw(lab.endpoint, read, sending.value.signal);
    sending.value = undefined;
    says.value = { words: `${words}${left}`, bad: false };
  }

  return (
    <details class="raw-request">
      <summary>Edit a request, and send it</summary>
      <form class="composer" noValidate onSubmit={(event) => void send(event)}>
        <div class="bar">
          <button type="button" class="act" data-act="take" onClick={take}>
            {chosen === undefined ? 'Take the last request' : 'Take the selected request'}
          </button>
        </div>
        <label for="raw-request-text">Method, headers, an empty line, body</label>
        <textarea
          ref={field}
          id="raw-request-text"
          rows={12}
          spellcheck={false}
          autocomplete="off"
          autocapitalize="off"
          aria-describedby="raw-request-hint raw-request-says"
          aria-invalid={says.value.bad}
          value={text.value}
          onInput={({ currentTarget }) => {
            text.value = currentTarget.value;
          }}
        />
        <div class="bar">
          <button type="submit" class="act" data-act="send-raw" aria-disabled={sending.value !== undefined}>
            Send it as it stands
          </button>
          {sending.value && (
            <button type="button" class="act" data-act="stop-raw" onClick={() => sending.value?.abort()}>
              Stop
            </button>
          )}
        </div>
        <p id="raw-request-says" class={says.value.bad ? 'hint bad' : 'hint'} role="status">
          {says.value.words}
        </p>
        <p id="raw-request-hint" class="hint">
          It goes to the lab's address by <code>fetch</code>. A browser lets no page set <code>Host</code>,{' '}
          <code>Origin</code>, <code>Connection</code>, <code>Content-Length</code>, <code>Accept-Encoding</code>,{' '}
          <code>Cookie</code>, <code>Referer</code> and what begins with <code>Sec-</code>; for those, use curl.
        </p>
      </form>
    </details>
  );
}
