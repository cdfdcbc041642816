/**
 * What to search for when an error is pasted whole. The search wants every word of a query, and no page holds the
 * reader's request ids, hosts and numbers; the words around them are what pages speak of.
 *
 * @returns the message of a JSON-RPC error, or else the text without the names of exceptions in front of it; either
 * without what is quoted and without numbers that are no status
 */
export function searchText(pasted: string): string {
  const [, message] = /"message"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(pasted) ?? [];
  const text = message === undefined ? pasted : whatWasWrong(message.replaceAll('\\"', '"'));
  return (
    text
      .trim()
      .replace(/^(?:[\w.]*(?:Error|Exception):\s*)+/, '')
      .replace(/"[^"]*"/g, '')
      .replace(/(?<![\w.-])(?![1-5]\d\d\b)\d+(?![\w-]|\.\d)/g, '')
      // To the search `input_required` is two words.
      .replaceAll('_', ' ')
      .replace(/\s+/g, ' ')
      .trim()
  );
}

/** The first sentence, up to a colon: what follows differs from case to case, unless only the status stands before it. */
function whatWasWrong(message: string): string {
  const [sentence = ''] = message.split('. ');
  const [head = '', ...rest] = sentence.split(': ');
  return rest.length > 0 && /^(Bad Request|Not Found|Conflict|Forbidden|Unauthorized)$/i.test(head) ? sentence : head;
}
