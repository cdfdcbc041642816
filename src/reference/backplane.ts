/** The interface of a backplane as the page shows it: read from its source, and from the suite that tests it. */

import source from '../../playground-server/transport/backplane/backplane.ts?raw';
import { behaviour } from '../../playground-server/transport/backplane/behaviour.ts';

/** The suite's name of a part, and the interfaces that it is made of. */
const interfacesOf: Readonly<Record<keyof typeof behaviour, readonly string[]>> = {
  sessions: ['SessionStore'],
  logs: ['LogStore', 'StreamLog'],
  claims: ['ClaimStore'],
  messages: ['MessageBus'],
};

export interface Method {
  name: string;
  /** Its parameters and its answer, as they stand in the interface, without what may be a promise. */
  signature: string;
  /** Prose with code in backticks. */
  about: string;
}

export interface BackplaneInterface {
  name: string;
  methods: readonly Method[];
}

/** @throws when there is no such part */
export function interfacesOfPart(part: string): BackplaneInterface[] {
  const names = interfacesOf[part as keyof typeof behaviour];
  if (!names) throw new Error(`A backplane has no part ${part}`);
  return names.map((name) => ({ name, methods: methodsOf(name, source) }));
}

export interface CaseGroup {
  /** Of which stores this is asked. Empty: of all. */
  when: string;
  cases: readonly { title: string; rules: readonly string[] }[];
}

const groups = [
  { needs: undefined, when: '' },
  { needs: 'shared', when: 'Of a store that is shared:' },
  { needs: 'settableClock', when: 'Where the clock of the store can be set:' },
] as const;

/** What the suite asks of a part. @throws when there is no such part */
export function casesOf(part: string): CaseGroup[] {
  const cases = behaviour[part as keyof typeof behaviour];
  if (!cases) throw new Error(`The suite has no part ${part}`);
  return groups
    .map(({ needs, when }) => ({ when, cases: cases.filter((each) => each.needs === needs).map(sentence) }))
    .filter((group) => group.cases.length > 0);
}

const sentence = ({ title, rules }: { title: string; rules: readonly string[] }) => ({
  title: `${title.charAt(0).toUpperCase()}${title.slice(1)}.`,
  rules,
});

/** The types of the interface, as they stand in its source. */
export const interfaceSource: string = source.slice(source.indexOf('export interface Backplane')).trimEnd();

/**
 * The methods of an interface, with what their comments say.
 * @throws when a method has no comment, or the source no such interface
 */
export function methodsOf(name: string, text: string): Method[] {
  const body = new RegExp(`^export interface ${name} \\{\\n([\\s\\S]*?)^\\}`, 'm').exec(text)?.[1];
  if (body === undefined) throw new Error(`There is no interface ${name}`);
  const members = [...body.matchAll(/(?: {2}\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n)? {2}(\w+)(\([\s\S]*?\)): ([^;]+);/g)];
  return members.map(([, comment, method = '', parameters, answer = '']) => {
    if (!comment) throw new Error(`${name}.${method} has no comment`);
    return {
      name: method,
      signature: `${parameters}: ${answer.replace(/^Awaitable<(.*)>$/, '$1')}`,
      about: prose(comment),
    };
  });
}

/** A comment as running text: each tag is a sentence of its own. */
function prose(comment: string): string {
  return comment
    .replace(/\n\s*\*\s?/g, ' ')
    .replace(/\s+@returns\s+(.*)/, ' The answer $1')
    .replace(/\s*@param (\w+) /g, ' `$1` ')
    .replace(/\(rules? ([^)]*)\)/g, '($1)')
    .trim()
    .replace(/([^.])$/, '$1.');
}
