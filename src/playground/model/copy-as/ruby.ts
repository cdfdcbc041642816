/** An observed request as Ruby, with nothing but its standard library. */

import type { Exchange } from '../exchanges.ts';
import { type CopyContext, contentTypeNote, sentRequest, unknownSession } from './sent.ts';

export function rubyOf(exchange: Exchange, context: CopyContext): string {
  const sent = sentRequest(exchange, context);
  if (!sent) return '';
  const { endpoint, method, headers, body, notes } = sent;
  const hasBody = String(body !== undefined);
  return [
    ...[...notes, ...contentTypeNote(exchange)].map((note) => `# ${note}`),
    "require 'net/http'",
    '',
    `uri = URI(${quoted(endpoint)})`,
    `request = Net::HTTPGenericRequest.new(${quoted(method)}, ${hasBody}, true, uri)`,
    ...headers.map(
      ({ name, value }) => `request[${quoted(name)}] = ${value === undefined ? fromOutside : quoted(value)}`,
    ),
    ...(body === undefined ? [] : [`request.body = ${quoted(body)}`]),
    "Net::HTTP.start(uri.host, uri.port, use_ssl: uri.scheme == 'https') do |http|",
    '  http.request(request) do |response|',
    '    puts "#{response.code} #{response[\'content-type\']}"',
    '    response.read_body { |chunk| print chunk }',
    '  end',
    'end',
  ].join('\n');
}

const fromOutside = `ENV.fetch('${unknownSession}')`;

/** Between single quotes Ruby knows two escapes, and takes all else as it is. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
