/** The decision path of the page "Choose a deployment", as data: questions in order, and where each answer leads. */

import type { DeploymentId } from '../../../playground-server/lab/deployments.ts';

export interface Outcome {
  answer: string;
  /** Of the section that says what it gives, what it loses and how to set it. */
  anchor: string;
  title: string;
  /** The lab that runs it, whose number of processes is drawn. */
  deployment: DeploymentId;
}

export interface Question {
  asked: string;
  about: string;
  outcomes: readonly Outcome[];
  /** The answer that goes on to the next question. The last question has none. */
  goesOn?: string;
}

export const path: readonly Question[] = [
  {
    asked: 'Do all your clients speak the modern era?',
    about: 'The revision of 2026-07-28. A client of both eras may speak the older one unless it is told otherwise.',
    outcomes: [{ answer: 'Yes', anchor: 'the-modern-era', title: 'The modern era, any number', deployment: 'shared' }],
    goesOn: 'No, or you cannot know',
  },
  {
    asked: 'Must the server ever come back to a client?',
    about:
      'It does to push a change, to ask the user or the model during a call, to resume a broken stream, and to know again what a tool kept.',
    outcomes: [{ answer: 'No', anchor: 'stateless', title: 'Stateless, any number', deployment: 'stateless' }],
    goesOn: 'Yes',
  },
  {
    asked: 'Is one process enough?',
    about:
      'Threads or an event loop serve many sessions in it. In Node.js, Python and Ruby it uses about one core, and each deploy ends its sessions.',
    outcomes: [{ answer: 'Yes', anchor: 'one-process', title: 'One process', deployment: 'single' }],
    goesOn: 'No',
  },
  {
    asked: 'May a session end when its process does?',
    about: 'At a crash, and at each deploy. Its client must then open a new one, and many do not.',
    outcomes: [
      { answer: 'Yes', anchor: 'sticky', title: 'Several, sticky', deployment: 'sticky' },
      { answer: 'No', anchor: 'shared-state', title: 'Several, sharing their state', deployment: 'shared' },
    ],
  },
];

/** The same path as Markdown. */
export function pathText(): string {
  return path
    .map(({ asked, about, outcomes, goesOn }, index) => {
      const exits = outcomes.map(({ answer, title, anchor }) => `   - ${answer}: [${title}](#${anchor})`);
      const on = goesOn === undefined ? [] : [`   - ${goesOn}: the next question`];
      return [`${index + 1}. **${asked}** ${about}`, ...exits, ...on].join('\n');
    })
    .join('\n');
}
