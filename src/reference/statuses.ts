/** The HTTP statuses that the transport answers with, by the headings of their page. */

const names: Readonly<Record<number, string>> = {
  200: 'OK',
  202: 'Accepted',
  204: 'No Content',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  408: 'Request Timeout',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** The heading of a status on the page. @throws when the page has none */
export function statusHeading(status: number): string {
  const name = names[status];
  if (!name) throw new Error(`The page of statuses does not know ${status}`);
  return `${status} ${name}`;
}

export const statusHref = (status: number): string =>
  `/reference/status-codes/#${statusHeading(status).toLowerCase().replaceAll(' ', '-')}`;
