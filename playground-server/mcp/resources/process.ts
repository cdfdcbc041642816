import type { ResourceTemplate } from '../resource.ts';

/** A resource that only one process has: a reader who asks another one sees whom the request reached. */
export function processTemplate(process: string, pid: number): ResourceTemplate {
  const startedAt = new Date().toISOString();
  return {
    uriTemplate: 'lab://process/{name}',
    name: 'process',
    title: 'Process',
    description: 'What a process says of itself. Each knows itself alone: read elsewhere, it is not found.',
    mimeType: 'application/json',
    complete: { name: () => [process] },
    read: ({ name }) => (name === process ? { text: JSON.stringify({ process, pid, startedAt }) } : undefined),
  };
}
