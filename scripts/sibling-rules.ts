/**
 * Rules of the theme that say `+ *`: an element of any kind, after a sibling. When an element leaves its parent, a
 * browser looks for all that such a rule could have reached, which is everything below that parent: a list of rows that
 * moves on is styled anew from end to end for each row that leaves, 20 ms for ours. Said of kinds of elements, or of a
 * place among siblings, the same rule costs nothing. A plugin of PostCSS, so that it comes before names are hashed.
 */

/** What stands as a block of its own in running text. */
const blocks =
  'p, ul, ol, dl, table, pre, blockquote, figure, details, aside, section, div, hr, h1, h2, h3, h4, h5, h6, lab-snippet, astro-island';

const inline = ':not(a, strong, em, del, span, input, code, br';

/** The same rule, told so that a browser need not look everywhere. `:where` adds nothing to its weight. */
export function withoutAnySibling(selector: string): string {
  return selector
    .replace(/> (:global\()?\* \+ \*/g, '> $1:where(:not(:first-child))')
    .replace(new RegExp(`\\+\\s+${inline.replace(/[()]/g, '\\$&')}`, 'g'), `+ :where(${blocks})${inline}`);
}

export const siblingRules = {
  postcssPlugin: 'sibling-rules',
  Rule(rule: { selector: string }): void {
    const selector = withoutAnySibling(rule.selector);
    if (selector !== rule.selector) rule.selector = selector;
  },
};
