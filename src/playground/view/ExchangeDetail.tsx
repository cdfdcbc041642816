import { useEffect, useMemo, useRef } from 'preact/hooks';
import { copyWriters } from '../model/copy-as/index.ts';
import type { CopyWriter } from '../model/copy-as/sent.ts';
import { type DetailBlock, type DetailLine, detailOf } from '../model/detail.ts';
import { explain } from '../model/explain.ts';
import { sharesState } from '../model/router-box.ts';
import type { Row } from '../model/rows.ts';
import type { Verdict } from '../model/verdict.ts';
import { close } from './figure-keys.ts';
import type { FigureState } from './figure-state.ts';
import { Glyph } from './Glyph.tsx';
import { Prose } from './Prose.tsx';

export interface ExchangeDetailProps {
  state: FigureState;
  /** Absent: there is nothing to send it to. */
  onCopy?: ((row: Row, writer?: CopyWriter) => void) | undefined;
}

/** One exchange as it was sent, with one plain sentence beside it on the row that is selected. */
export function ExchangeDetail({ state, onCopy }: ExchangeDetailProps) {
  const row = state.selected.value;
  const events = state.events.value;
  const shared = sharesState(state.router.value);
  const detail = useMemo(() => row && detailOf(events, row, shared), [events, row, shared]);
  const says = row && explain(row, detail?.exchange, shared);
  const top = useRef<HTMLDivElement>(null);
  const marked = useRef<HTMLElement>(null);
  const rowId = row?.id;

  useEffect(() => {
    if (rowId === undefined) return;
    const box = marked.current;
    const chosen = box?.querySelector<HTMLElement>('.chosen');
    // Within the box alone: the page itself moves only as far as the sentence needs.
    if (box) box.scrollTop = chosen ? Math.max(0, chosen.offsetTop - 60) : 0;
    const item = top.current?.closest('li');
    if (item) bringToTop(item);
    else top.current?.scrollIntoView({ block: 'nearest' });
  }, [rowId]);

  if (!row || !says) return null;
  return (
    <section class="detail" aria-label="The selected exchange, as it was sent">
      <div ref={top} class="detail-top">
        <div class="bar">
          {detail?.stream !== undefined && (
            <span class="chip stream">
              <Glyph of="stream" />
              stream {detail.stream}
            </span>
          )}
          <span class="m">{detail?.summary}</span>
          <span class="sp" />
          {detail && onCopy && (
            <button type="button" class="act" onClick={() => onCopy(row)}>
              Copy as curl
            </button>
          )}
          {detail &&
            onCopy &&
            copyWriters.map((writer) => (
              <button
                key={writer.title}
                type="button"
                class="act"
                aria-label={`Copy as ${writer.title}`}
                onClick={() => onCopy(row, writer)}
              >
                {writer.title}
              </button>
            ))}
          <button type="button" class="act" onClick={() => close(state, document)}>
            Close
          </button>
        </div>
        <div class="says">
          <p>
            <b>
              <Prose text={says.lead} />
            </b>{' '}
            <Prose text={says.text} />
          </p>
          {says.source && (
            <p class="src">
              <a href={says.source.href}>{says.source.text}</a>
            </p>
          )}
        </div>
        {detail && detail.verdicts.length > 0 && <Verdicts verdicts={detail.verdicts} />}
      </div>
      {detail && (
        <div class="cols">
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard. */}
          <section ref={marked} class="raw" tabIndex={0} aria-label="Request and response">
            <p class="raw-title">Request</p>
            <Blocks blocks={detail.request} />
            <p class="raw-title">Response</p>
            <Blocks blocks={detail.response} />
          </section>
          {detail.json !== undefined && (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: as above.
            <section class="raw parsed" tabIndex={0} aria-label="The selected message, parsed">
              <p class="raw-title">The message, parsed</p>
              <pre>{detail.json}</pre>
            </section>
          )}
        </div>
      )}
    </section>
  );
}

/** An exchange that opens under its row: the row comes first in the list, and clear of the heads that may cover it. */
function bringToTop(item: HTMLElement): void {
  const list = item.parentElement;
  const heads = item.closest('.seq')?.querySelector('.heads');
  if (list) list.scrollTop += item.getBoundingClientRect().top - list.getBoundingClientRect().top;
  const covered = (heads?.getBoundingClientRect().bottom ?? 0) - item.getBoundingClientRect().top;
  if (covered > 0) window.scrollBy(0, -covered);
}

/** The router's choice and its reason, then what the process found. */
function Verdicts({ verdicts }: { verdicts: readonly Verdict[] }) {
  return (
    <dl class="verdicts">
      {verdicts.map(({ who, says, bad }, index) => (
        <div key={index} class={bad ? 'bad' : undefined}>
          <dt>{who}</dt>
          <dd>
            <Prose text={says} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Blocks({ blocks }: { blocks: readonly DetailBlock[] }) {
  return (
    <>
      {blocks.map((block, index) => (
        <div key={index} class={block.chunk ? 'chunk' : undefined}>
          {block.chunk && (
            <span class="chunk-at">
              chunk {block.chunk.number} · {block.chunk.bytes} bytes · {block.chunk.atMs} ms
            </span>
          )}
          <pre>
            {block.lines.map((line, at) => (
              <Line key={at} line={line} />
            ))}
          </pre>
        </div>
      ))}
    </>
  );
}

function Line({ line }: { line: DetailLine & { selected: boolean } }) {
  return <span class={line.selected ? 'line chosen' : 'line'}>{lineContent(line)}</span>;
}

function lineContent(line: DetailLine) {
  switch (line.kind) {
    case 'start':
      return <b>{`${line.text}\n`}</b>;
    case 'header':
      return (
        <span class={line.ofProtocol ? '' : 'd'}>
          {line.name}: {`${line.value}\n`}
        </span>
      );
    case 'field':
      return (
        <>
          <b>{line.name}:</b> {`${line.value}\n`}
        </>
      );
    case 'comment':
      return <span class="d comment">{`: ${line.value}\n`}</span>;
    case 'remark':
      return <span class="d remark">{`(${line.text})\n`}</span>;
    case 'text':
      return `${line.text}\n`;
    case 'blank':
      return '\n';
  }
}
