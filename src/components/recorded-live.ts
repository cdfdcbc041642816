/**
 * Makes a recorded figure of the page one that can be read as closely as a live one. The page holds it drawn; the events
 * that it was drawn from are fetched when it comes near, and not written into the page a second time.
 */

class RecordedRun extends HTMLElement {
  connectedCallback(): void {
    const near = new IntersectionObserver(
      (entries) => {
        if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
        near.disconnect();
        void this.#read();
      },
      { rootMargin: '200px' },
    );
    near.observe(this);
  }

  async #read(): Promise<void> {
    const { lesson = '', deployment = '', events } = this.dataset;
    const [{ h, hydrate }, { RecordedFigure }, { fetchRecording }] = await Promise.all([
      import('preact'),
      import('../playground/view/RecordedFigure.tsx'),
      import('../playground/client/recorded-run.ts'),
    ]);
    const recording = await fetchRecording(lesson);
    if (recording) hydrate(h(RecordedFigure, { events: recording.events.slice(0, Number(events)), deployment }), this);
  }
}

customElements.define('recorded-run', RecordedRun);
