import type { Mark } from '../model/exchanges.ts';
import type { ArrowRow } from '../model/rows.ts';
import { Glyph } from './Glyph.tsx';

/** What is written on an arrow. */
export function LabelText({ row }: { row: ArrowRow }) {
  const { before, strong, after } = row.label;
  return (
    <>
      {before}
      {strong && <b>{strong}</b>}
      {after}
      {row.agent && <span class="agent"> {row.agent}</span>}
    </>
  );
}

/** What is written where an arrow ends. */
export function MarkText({ mark }: { mark: Mark }) {
  if (mark.kind === 'missing') return <>✕ not here</>;
  if (mark.kind === 'unanswered') return <>✕ no answer</>;
  return (
    <>
      <Glyph of="session" />
      {mark.kind === 'ended' ? <s>{mark.session}</s> : mark.session}
    </>
  );
}
