/** What each deployment was seen to do, as tests/lab/tried.test.ts tries it: read from content/measurements. */

import tried from '../../../content/measurements/deployments.json' with { type: 'json' };
import { type DeploymentId, deployments } from '../../../playground-server/lab/deployments.ts';

type Ability = keyof (typeof tried.rows)['single'];

/** What was tried, by the era of the client. */
export const abilities: readonly { name: Ability; era: 'Handshake era' | 'Modern era'; title: string }[] = [
  { name: 'calls', era: 'Handshake era', title: 'calls find their session' },
  { name: 'survives', era: 'Handshake era', title: 'it outlives its process' },
  { name: 'heard', era: 'Handshake era', title: 'changes are heard' },
  { name: 'answered', era: 'Handshake era', title: 'questions are answered' },
  { name: 'resumed', era: 'Handshake era', title: 'streams resume' },
  { name: 'modernHeard', era: 'Modern era', title: 'changes are heard' },
  { name: 'modernAnswered', era: 'Modern era', title: 'questions are answered' },
];

/** The lesson in which a reader can see it. The others are tried in the playground. */
const lessons: Partial<Record<DeploymentId, string>> = {
  single: 'watch-one-session',
  forked: 'fork-and-watch-it-break',
  hashed: 'the-hash-trap',
  sticky: 'sticky-then-kill',
  shared: 'share-the-state',
};

export const triedDeployments = deployments.map(({ id, title }) => ({
  title,
  href: lessons[id] ? `/playground/?lesson=${lessons[id]}` : `/playground/?deployment=${id}`,
  seen: tried.rows[id],
}));

export const triedHow = `${tried.what}: ${tried.with}.`;

/** The same table as Markdown. */
export function triedTable(): string {
  const columns = abilities.map(({ era, title }) => `${era}: ${title}`);
  const rows = triedDeployments.map(({ title, href, seen }) => {
    return `| [${title}](${href}) | ${abilities.map(({ name }) => seen[name]).join(' | ')} |`;
  });
  return [
    triedHow,
    '',
    `| Deployment | ${columns.join(' | ')} |`,
    `|---|${columns.map(() => '---|').join('')}`,
    ...rows,
  ].join('\n');
}
