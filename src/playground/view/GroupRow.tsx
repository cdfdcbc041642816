import { type Group, groupInWords } from '../model/groups.ts';
import type { Outcomes } from '../model/outcome.ts';
import { outcomesInWords } from '../model/outcome.ts';
import { type Lifelines, livesOf } from './lifelines.ts';

interface Props {
  group: Group;
  lifelines: Lifelines;
  reachable: boolean;
  onToggle: (id: number, open: boolean) => void;
}

/** Repetition in one row: what was asked, how often, and at each lifeline what became of it there. */
export function GroupRow({ group, lifelines, reachable, onToggle }: Props) {
  const { open } = group;
  const words = groupInWords(group);
  const here = group.processes.map(({ name, outcomes }) => `${name}: ${outcomesInWords(outcomes)}`).join('; ');
  return (
    <li class={open ? 'group open' : 'group'}>
      <button
        type="button"
        class="seq-row"
        data-row={`group-${group.id}`}
        aria-expanded={open}
        tabIndex={reachable ? 0 : -1}
        onClick={() => onToggle(group.id, open)}
      >
        <span class="sr-only">{`${group.atMs} ms, ${words}. ${here}`}</span>
        <span class="at" aria-hidden="true">
          {group.atMs}
        </span>
        <span class="strip" aria-hidden="true" style={{ '--lives': livesOf(lifelines, group.down) }}>
          <span class="lab folded" style={{ '--x': `${lifelines.at('you')}%` }}>
            {open ? '▾' : '▸'} {words}
          </span>
          <em class="told">{here}</em>
          {group.processes.map(({ name, outcomes }) => (
            <span key={name} class="sum" style={{ '--x': `${lifelines.at(name)}%` }}>
              <Sum outcomes={outcomes} />
            </span>
          ))}
        </span>
      </button>
    </li>
  );
}

function Sum({ outcomes: { answered, lost, refused, open } }: { outcomes: Outcomes }) {
  return (
    <>
      {answered + open > 0 && <span class="held">{answered + open} ✓</span>}
      {lost + refused > 0 && <span class="missed">{lost + refused} ✕</span>}
    </>
  );
}
