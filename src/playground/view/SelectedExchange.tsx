import { useEffect, useState } from 'preact/hooks';
import type { ExchangeDetailProps } from './ExchangeDetail.tsx';

type Detail = typeof import('./ExchangeDetail.tsx');

let loaded: Detail | undefined;

async function load(): Promise<Detail> {
  const { ExchangeDetail } = await import('./ExchangeDetail.tsx');
  loaded = { ExchangeDetail };
  return loaded;
}

/**
 * The exchange of the row that is selected. All that explains it is loaded with the first selection: most of what a page
 * could say about an exchange is never asked for.
 */
export function SelectedExchange(props: ExchangeDetailProps) {
  const [detail, setDetail] = useState(loaded);
  const needed = props.state.selectedId.value !== undefined;
  useEffect(() => {
    if (!needed || detail) return;
    void load().then(setDetail);
  }, [needed, detail]);
  return detail && needed ? <detail.ExchangeDetail {...props} /> : null;
}
