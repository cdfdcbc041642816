import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ProcessName } from '../../../playground-server/lab/wire.ts';
import { policyInWords } from '../model/router-box.ts';
import type { FigureState } from './figure-state.ts';
import { Glyph } from './Glyph.tsx';
import { ProcessHead } from './ProcessHead.tsx';
import { StoreHead } from './StoreHead.tsx';

/** The heads of the lifelines: they stay in sight, in a shorter form, while the sequence passes under them. */
export function Heads({ state, onKill }: { state: FigureState; onKill: ((process: ProcessName) => void) | undefined }) {
  const lifelines = state.lifelines.value;
  const router = state.router.value;
  const place = useRef<HTMLDivElement>(null);
  const heads = useRef<HTMLDivElement>(null);
  const stuck = useStuck(place, heads);
  return (
    <>
      <div ref={place} class="heads-place" />
      <div ref={heads} class={stuck ? 'heads stuck' : 'heads'}>
        <span class="ms" aria-hidden="true">
          ms
        </span>
        <div class="lanes">
          <div class="lane client" style={{ '--x': `${lifelines.at('you')}%` }}>
            <Glyph of="client" />
            <b>you</b>
          </div>
          {lifelines.several && router && (
            <div class="lane router" style={{ '--x': `${lifelines.at('router')}%` }}>
              <b>router</b>
              <i>{policyInWords(router)}</i>
              {router.connection === 'kept' && <i>kept connections</i>}
            </div>
          )}
          {lifelines.processes.map((name) => (
            <div key={name} class="lane process" style={{ '--x': `${lifelines.at(name)}%` }}>
              <ProcessHead name={name} box={state.boxes.value.find((box) => box.name === name)} onKill={onKill} />
            </div>
          ))}
          {lifelines.store && (
            <div class="lane process" style={{ '--x': `${lifelines.at('store')}%` }}>
              <StoreHead box={state.store.value} />
            </div>
          )}
        </div>
      </div>
    </>
  );
}

interface Ref {
  readonly current: HTMLElement | null;
}

/**
 * Whether the heads are held at the top, because the place before them has left it. They are lower then, and what follows
 * stays where it is all the same: a browser that keeps what is read in its place would scroll back by the difference,
 * the heads would be let go, and so on in every frame.
 */
function useStuck(place: Ref, heads: Ref): boolean {
  const [stuck, setStuck] = useState(false);
  const height = useRef(0);
  useEffect(() => {
    const element = place.current;
    if (!element || typeof IntersectionObserver === 'undefined') return;
    const top = Number.parseFloat(getComputedStyle(element).scrollMarginTop) || 0;
    // All that is below the top counts as seen, however far below: a jump past the whole window is noticed as well.
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (!entry) return;
        if (!entry.isIntersecting) height.current = heads.current?.offsetHeight ?? 0;
        setStuck(!entry.isIntersecting);
      },
      { rootMargin: `-${top}px 0px 1000000px 0px`, threshold: 1 },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [place, heads]);
  useLayoutEffect(() => {
    const element = heads.current;
    if (element) element.style.marginBottom = stuck ? `${height.current - element.offsetHeight}px` : '';
  }, [stuck, heads]);
  return stuck;
}
