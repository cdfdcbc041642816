/** The components of the reference pages as Markdown. */

import { deployments } from '../../playground-server/lab/deployments.ts';
import { type BackplaneInterface, casesOf, interfaceSource, interfacesOfPart } from './backplane.ts';
import { eraNames, eraWord, sectionOf, unproved } from './contract.ts';
import { testsOf } from './contract-tests.ts';
import { errorHref, errorsOfSections, errorsOfStatus, placeholders, type ShownError } from './errors.ts';
import { headersOf, refusalsOf } from './headers.ts';
import { inlineMarkdown, ruleLink } from './inline.ts';
import { apiProblems } from './lab-api.ts';
import { optionsOf } from './options.ts';
import type { WireField } from './wire-event.ts';
import { wireEnvelope, wireEventsOf } from './wire-events.ts';

type Attributes = Record<string, string>;

/** By the name of the component, what stands for `<Name attribute="…" />`. */
export const referenceForms: Record<string, (attributes: Attributes) => string> = {
  Contract: ({ section = '' }) => contract(section),
  Errors: ({ sections = '' }) => errorsOfSections(sections).map(error).join('\n'),
  Placeholders: () =>
    table(
      ['In the message', 'What stands there'],
      Object.entries(placeholders).map(([name, about]) => [`\`{${name}}\``, inlineMarkdown(about)]),
    ),
  Refusals: ({ status = '' }) =>
    table(
      ['Message', 'Code', 'Rule', 'Era'],
      errorsOfStatus(Number(status)).map(({ message, code, rule, eras }) => [
        `\`${message}\``,
        String(code),
        ruleLink(rule),
        eraWord(eras),
      ]),
    ),
  OptionGroup: ({ group = '' }) =>
    table(
      ['Option', 'Default', 'Allowed', 'What it does'],
      optionsOf(group).map(({ name, byDefault, allowed, about }) => [`\`${name}\``, byDefault, allowed, about]),
    ),
  BackplaneMethods: ({ part = '' }) => interfacesOfPart(part).map(methods).join('\n\n'),
  BackplaneCases: ({ part = '' }) =>
    casesOf(part)
      .map(({ when, cases }) => {
        const items = cases.map(({ title, rules }) => `- ${title} (${rules.map(ruleLink).join(', ')})`);
        return [...(when ? [when, ''] : []), ...items].join('\n');
      })
      .join('\n\n'),
  BackplaneSource: () => `\`\`\`ts\n${interfaceSource}\n\`\`\``,
  HeaderOverview: ({ direction = '' }) =>
    table(
      ['Header', 'Handshake era', 'Modern era'],
      headersOf(direction).map(({ name, when }) => [
        `\`${name}\``,
        inlineMarkdown(when.handshake ?? 'not used'),
        inlineMarkdown(when.modern ?? 'not used'),
      ]),
    ),
  Headers: ({ direction = '' }) => headers(direction),
  WireEnvelope: () => wireFields(wireEnvelope),
  WireEvents: ({ source = '' }) =>
    wireEventsOf(source)
      .map(({ type, about, fields }) => `### \`${type}\`\n\n${inlineMarkdown(about)}\n\n${wireFields(fields)}`)
      .join('\n'),
  ApiProblems: () =>
    table(
      ['Status', 'Kind', 'Title', 'When'],
      apiProblems.map(({ name, status, title, when }) => [String(status), `\`${name}\``, title, inlineMarkdown(when)]),
    ),
  Deployments: () =>
    table(
      ['Deployment', 'Processes', 'What a reader sees', 'Deployed like this'],
      deployments.map(({ id, processes, shows, field }) => [`\`${id}\``, String(processes), shows, field]),
    ),
};

function contract(letter: string): string {
  const section = sectionOf(letter);
  const rules = section.rules.map((rule) => {
    const { id, title, text, eras } = rule;
    const proving = testsOf(id);
    const files = [...new Set(proving.map(({ file }) => `\`${file}\``))].join(', ');
    const proof = proving.length === 0 ? unproved : `Tests: ${proving.length}, in ${files}.`;
    const era = eras ? ` ${eraNames(eras)}.` : '';
    return `### ${id} ${title}\n\n${inlineMarkdown(text)}${era}\n\n${proof}\n`;
  });
  return [`${eraNames(section.eras)}.`, '', ...rules].join('\n');
}

function methods({ name, methods }: BackplaneInterface): string {
  return table(
    [`\`${name}\``, 'What it does'],
    methods.map(({ name, signature, about }) => [
      `\`${name}${signature.replaceAll('|', '\\|')}\``,
      inlineMarkdown(about),
    ]),
  );
}

function wireFields(fields: readonly (WireField & { name: string })[]): string {
  if (fields.length === 0) return 'No fields.\n';
  return table(
    ['Field', 'Value', 'Meaning'],
    fields.map(({ name, is, about, optional }) => [
      `\`${name}\``,
      optional ? `${is}, optional` : is,
      inlineMarkdown(about),
    ]),
  );
}

function error({ name, message, status, code, rule, retryAfterSeconds, eras, fix }: ShownError): string {
  const facts = [`status ${status}`, `code ${code}`, `rule ${ruleLink(rule)}`, eraNames(eras).toLowerCase()];
  if (retryAfterSeconds !== undefined) facts.push(`Retry-After ${retryAfterSeconds} s`);
  if (fix) facts.push(`more: [${fix.label}](${fix.href})`);
  return `- \`${message}\` ([${name}](${errorHref(name)}): ${facts.join(', ')})`;
}

function headers(direction: string): string {
  return headersOf(direction)
    .map((header) => {
      const errors = refusalsOf(header).map(({ name, status }) => `[${status} ${name}](${errorHref(name)})`);
      return [
        `### \`${header.name}\``,
        '',
        inlineMarkdown(header.about),
        '',
        `- Format: ${inlineMarkdown(header.format)}`,
        `- ${direction === 'request' ? 'If not' : 'Without it'}: ${inlineMarkdown(header.otherwise)}`,
        ...(errors.length > 0 ? [`- Errors: ${errors.join(', ')}`] : []),
        `- Rules: ${header.rules.map(ruleLink).join(', ')}`,
        '',
      ].join('\n');
    })
    .join('\n');
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}
