/**
 * What snippets do in a browser: hold the reader's own endpoint and session while one is open, keep one language
 * across the site, and copy what they show. The playground tells of its session with the event `lab:session` on the
 * document, and leaves it in `sessionStorage` under `lab` for the next page.
 */

interface LiveSession {
  endpoint: string;
  session: string;
  lastEventId?: string;
}

const languageKey = 'lab-language';
let live: LiveSession | null = stored();

function stored(): LiveSession | null {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem('lab') ?? 'null');
    return isLive(value) ? value : null;
  } catch {
    return null; // Storage may be blocked, or hold something else: then there is no session to show.
  }
}

function isLive(value: unknown): value is LiveSession {
  const session = value as Partial<LiveSession> | null;
  return typeof session?.endpoint === 'string' && typeof session.session === 'string';
}

/** `3f2a…9c`, as the diagram shows it. */
const masked = (id: string): string => (id.length > 8 ? `${id.slice(0, 4)}…${id.slice(-2)}` : id);

function ownValue(name: string | undefined): string | undefined {
  if (name === 'origin') return location.origin;
  if (name === 'endpoint') return live?.endpoint ?? `${location.origin}/mcp`;
  return name === 'session' ? live?.session : live?.lastEventId;
}

class LabSnippet extends HTMLElement {
  connectedCallback(): void {
    const copy = this.querySelector<HTMLButtonElement>('.copy');
    copy?.addEventListener('click', () => void this.#copy(copy));
    // Without the clipboard (plain HTTP on another host) there is nothing to offer.
    if (copy && navigator.clipboard) copy.hidden = false;
    this.addEventListener('change', (event) => choose((event.target as HTMLInputElement).value, true));
    for (const mark of this.#marks()) mark.dataset.plain = mark.textContent ?? '';
    this.fill();
  }

  /** Puts the reader's own values in, or the plain ones back. */
  fill(): void {
    for (const mark of this.#marks()) {
      const value = ownValue(mark.dataset.value);
      mark.textContent = value ?? mark.dataset.plain ?? '';
      mark.classList.toggle('filled', value !== undefined);
    }
    const [invitation, badge] = this.querySelectorAll<HTMLElement>('.whose > *');
    if (!invitation || !badge) return;
    invitation.hidden = live !== null;
    badge.hidden = live === null;
    const name = badge.querySelector('b');
    if (name && live) name.textContent = masked(live.session);
  }

  #marks(): NodeListOf<HTMLElement> {
    return this.querySelectorAll<HTMLElement>('mark[data-value]');
  }

  async #copy(button: HTMLButtonElement): Promise<void> {
    const shown = [...this.querySelectorAll('pre')].find((pre) => pre.getClientRects().length > 0);
    await navigator.clipboard.writeText(shown?.textContent ?? '');
    button.textContent = 'copied';
    setTimeout(() => {
      button.textContent = 'copy';
    }, 1500);
  }
}

function choose(language: string, byReader: boolean): void {
  for (const input of document.querySelectorAll<HTMLInputElement>('lab-snippet input')) {
    if (input.value === language) input.checked = true;
  }
  if (!byReader) return;
  try {
    localStorage.setItem(languageKey, language);
  } catch {
    // Storage may be blocked: the choice then lasts as long as the page.
  }
}

customElements.define('lab-snippet', LabSnippet);
document.addEventListener('lab:session', (event) => {
  const { detail } = event as CustomEvent<unknown>;
  live = isLive(detail) ? detail : null;
  for (const snippet of document.querySelectorAll<LabSnippet>('lab-snippet')) snippet.fill();
});
try {
  choose(localStorage.getItem(languageKey) ?? '', false);
} catch {
  // As above.
}
