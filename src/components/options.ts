/** The transport's options as the pages show them: read from the table that the transport itself checks them by. */

import { optionTable } from '../../playground-server/transport/option-table.ts';

export interface ShownOption {
  name: string;
  /** The default in words. */
  byDefault: string;
  about: string;
}

/**
 * @param names option names, separated by spaces
 * @throws when there is no such option, so that a page cannot speak of one that is gone
 */
export function readOptions(names: string): ShownOption[] {
  return names.split(/\s+/).map((name) => {
    if (!Object.hasOwn(optionTable, name)) throw new Error(`The transport has no option ${name}`);
    const { defaultText, about } = optionTable[name as keyof typeof optionTable];
    return { name, byDefault: defaultText, about };
  });
}

/** The same table as Markdown. */
export function optionsTable(names: string): string {
  const rows = readOptions(names).map(({ name, byDefault, about }) => `| \`${name}\` | ${byDefault} | ${about} |`);
  return ['| option | default | what it does |', '|---|---|---|', ...rows].join('\n');
}
