/** What was done to a lab on purpose, and when: it explains what would otherwise be a fault. */

type Kind = 'kill' | 'drop-connection' | 'cut-idle' | 'store-down';

interface Span {
  kind: Kind;
  from: number;
  to: number;
}

/** A process is told that its store is back a little later than the wire tells it. */
const belatedMs = 5_000;
/** No request takes as long: what was over before explains nothing any more. */
const forgottenMs = 5 * 60_000;

export class Disturbances {
  #spans: Span[] = [];

  /** Said before it is done. @returns to be called once nothing of it is left */
  begin(kind: Kind): () => void {
    const now = Date.now();
    const span: Span = { kind, from: now, to: Number.POSITIVE_INFINITY };
    this.#spans = [...this.#spans.filter(({ to }) => now - to < forgottenMs), span];
    return () => {
      span.to = Date.now();
    };
  }

  /** Whether one of these kinds fell into the time since then. */
  since(began: number, ...kinds: Kind[]): boolean {
    return this.#spans.some(
      ({ kind, to }) => kinds.includes(kind) && began <= to + (kind === 'store-down' ? belatedMs : 0),
    );
  }
}
