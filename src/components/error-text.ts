/**
 * What to search for when an error is pasted whole. The search wants every word of a query, and no page holds the
 * reader's request ids; the message inside is what pages speak of.
 *
 * @returns the message of a JSON-RPC error without what follows its first sentence, or else the text without the names
 * of exceptions in front of it
 */
export function searchText(pasted: string): string {
  const [, message] = /"message"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(pasted) ?? [];
  const text = message?.split('. ')[0] ?? pasted.trim();
  return text.replace(/^(?:[\w.]*(?:Error|Exception):\s*)+/, '');
}
