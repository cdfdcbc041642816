/** A lab's wire log as a file to keep. */

import { type WireEvent, wireSchema } from '../wire.ts';
import { toHar } from './har.ts';
import { toMarkdown } from './markdown.ts';

export const exportFormats = ['json', 'har', 'md'] as const;
export type ExportFormat = (typeof exportFormats)[number];

export interface ExportSettings {
  /** When the lab began: the events count from there. */
  beganAt: Date;
  /** The lab's MCP endpoint, with its secret left out. */
  endpoint: string;
}

export function isExportFormat(format: string): format is ExportFormat {
  return (exportFormats as readonly string[]).includes(format);
}

export function exportWire(
  format: ExportFormat,
  events: readonly WireEvent[],
  settings: ExportSettings,
): { type: string; extension: string; text: string } {
  switch (format) {
    case 'har':
      return { type: 'application/json', extension: 'har', text: toHar(events, settings) };
    case 'md':
      return { type: 'text/markdown; charset=utf-8', extension: 'md', text: toMarkdown(events, settings) };
    case 'json':
      return {
        type: 'application/json',
        extension: 'json',
        text: `${JSON.stringify({ schema: wireSchema, beganAt: settings.beganAt.toISOString(), events }, null, 2)}\n`,
      };
  }
}
