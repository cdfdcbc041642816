/** The wire log as a file of the reader's own. */

import { wireSchema } from '../../../playground-server/lab/wire.ts';
import type { WireLog } from '../model/wire-log.ts';
import { type LabHandle, labRequest, refusal } from './api.ts';

/** What is kept of the log here, with the schema that its events follow. Secrets were masked before they came. */
export function exportedLog(log: WireLog, deployment: string): string {
  const { events, missing } = log;
  return `${JSON.stringify({ schema: wireSchema, deployment, missing, events }, null, 2)}\n`;
}

/** Hands a text to the browser as a download. */
export function download(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

/** The wire log as the server writes it. @throws LabRefused, `TypeError` when it cannot be reached */
export async function exportFromServer(lab: LabHandle, format: 'har' | 'md'): Promise<string> {
  const { url, headers } = labRequest(lab, `/export?format=${format}`);
  const response = await fetch(url, { headers });
  if (!response.ok) throw await refusal(response);
  return response.text();
}
